/** Tokenizers: the reference documents' vectors, agreement with the plain algorithm, round trips, and clear refusals. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import { dataFolder, describeIn } from '../testing/folders.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { byteCharacters, folderVocabulary, gpt2Vocabulary, type Vocabulary } from './tokenizer-files.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';

fc.configureGlobal({ seed: 20252 });

const gpt2 = loadTokenizer('gpt2');
const pieces = (tokenizer: Tokenizer, text: string): string => tokenizer.encode(text).map((id) => tokenizer.piece(id)).join(' '); // prettier-ignore

/** Texts full of what splitting turns on: blanks of several kinds, contractions, digits, scripts, emoji, special-looking words. */
const fragment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(' ', '  ', '\n', '\t', '\u00a0', '\u3000', '\ufeff', "'", "'s", 'll', ',', ',,', '"', '(', ')') },
  {
    weight: 6,
    arbitrary: fc.constantFrom('int', 'testo_init', 'foo', '64', 'é', 'ß', '中文', '😀', '<s>', '</s>', '<mask>', '<|endoftext|>', 'Ġ'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
);
const text = fc.array(fragment, { maxLength: 12 }).map((fragments) => fragments.join(''));

/** The algorithm as it is defined: split, map bytes, then apply the merge of lowest rank wherever it stands, until none applies. */
function plainEncoder({ pieces: all, merges }: Vocabulary): (input: string) => number[] {
  const bytes = byteCharacters();
  const ids = new Map(all.map((piece, id) => [piece, id]));
  const ranks = new Map(merges.map((merge, rank) => [merge.join(' '), rank]));
  const encodeWord = (word: string): number[] => {
    let parts = Array.from(Buffer.from(word), (byte) => bytes[byte]!);
    for (;;) {
      const best = Math.min(...parts.slice(1).map((part, i) => ranks.get(`${parts[i]!} ${part}`) ?? Infinity));
      if (best === Infinity) return parts.map((part) => ids.get(part)!);
      const [left, right] = merges[best]!;
      const merged: string[] = [];
      for (let i = 0; i < parts.length; i++) merged.push(parts[i] === left && parts[i + 1] === right ? left + parts[++i]! : parts[i]!);
      parts = merged;
    }
  };
  return (input) => (input.match(/'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu) ?? []).flatMap(encodeWord);
}

describe('gpt2', () => {
  it('splits as GPT-2 does (attacks.md, method.md 4)', () => {
    expect(pieces(gpt2, ' testo_init')).toBe('Ġtest o _ init');
    expect(pieces(gpt2, ' foo_rb')).toBe('Ġfoo _ rb');
    expect(pieces(gpt2, 'testo_init')).toBe('test o _ init');
    expect(pieces(gpt2, ' Testo')).toBe('ĠTest o');
    expect(['testo_initRet', 'testo_init_retVal', 'testo_init_retVal_getFrame'].map((name) => gpt2.encode(` ${name}`).length)).toEqual([
      5, 7, 10,
    ]);
  });

  it('has RoBERTa’s special ids, GPT-2’s ids shifted by four, and <mask> last', () => {
    expect(gpt2.special).toEqual({ cls: 0, pad: 1, sep: 2, unk: 3, mask: 50261 });
    expect(gpt2.vocabularySize).toBe(4 + 50257 + 1);
    expect([0, 1, 2, 3, 50261].map((id) => gpt2.piece(id))).toEqual(['<s>', '<pad>', '</s>', '<unk>', '<mask>']);
    // OpenAI's ids: `!` 0, ` test` 1332, <|endoftext|> 50256.
    expect(gpt2.piece(4)).toBe('!');
    expect(gpt2.encode(' test')).toEqual([1336]);
    expect(gpt2.piece(50260)).toBe('<|endoftext|>');
    expect(Array.from({ length: gpt2.vocabularySize }, (_, id) => id).filter((id) => gpt2.isSpecial(id))).toEqual([0, 1, 2, 3, 50261]);
  });

  it('has the trigger vocabularies of method.md 1', () => {
    expect(countPieces(gpt2)).toEqual({
      withoutBlank: 17122,
      wordCharacters: 15835,
      digits: 994,
      identifiers: 14841,
      javaIdentifiers: 14844,
    });
  });

  it('agrees with the algorithm as defined', () => {
    const plainly = plainEncoder(gpt2Vocabulary());
    fc.assert(
      fc.property(text, (input) => {
        expect(gpt2.encode(input)).toEqual(plainly(input));
      }),
    );
  });

  it('is the same every time it is loaded', () => {
    expect(loadTokenizer('gpt2').digest).toBe(gpt2.digest);
    expect(gpt2.digest).toBe('23dd2eecf9e8855b601dc98ecbeaa81b7c45ef88ed33c794c01cbf881085d793');
  });
});

describe('decode', () => {
  it('gives every text back', () => {
    fc.assert(
      fc.property(text, (input) => {
        expect(gpt2.decode(gpt2.encode(input))).toBe(input);
      }),
      { numRuns: 500 },
    );
  });

  it('skips special tokens and runs pieces together', () => {
    const [test, o] = [gpt2.encode('Test')[0]!, gpt2.encode('o')[0]!];
    expect(gpt2.decode([0, test, o, 3, 50261, 2, 1, 1])).toBe('Testo');
    expect(gpt2.decode([0, 2])).toBe('');
    expect(gpt2.decode([])).toBe('');
    expect(gpt2.decode(gpt2.encode("x . y , isn 't"))).toBe("x . y , isn 't");
  });

  it('refuses ids that are none', () => {
    for (const id of [-1, 50262, 1.5, NaN]) expect(() => gpt2.decode([id])).toThrow(RangeError);
    expect(() => gpt2.piece(50262)).toThrow(RangeError);
  });
});

describe('text never gives a special id', () => {
  it.each(['<s>', '</s>', '<pad>', '<unk>', '<mask>', 'a </s> b'])('%s', (input) => {
    expect(gpt2.encode(input).some((id) => gpt2.isSpecial(id))).toBe(false);
    expect(gpt2.decode(gpt2.encode(input))).toBe(input);
  });
});

/** A small vocabulary of our own. */
const special = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];
const merges = ['t e', 's t', 'te st', 'Ġ test', '# #'];
const vocabularyOf = (lines: readonly string[]): string[] => [
  ...special,
  ...byteCharacters(),
  ...lines.map((merge) => merge.replace(' ', '')),
];
const vocabulary = vocabularyOf(merges);
const idsOf = (list: readonly string[]): Record<string, number> => Object.fromEntries(list.map((piece, id) => [piece, id]));

const folderOf = (files: Readonly<Record<string, string | object>>): string => {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return folder;
};
const twoFiles = (ids: object = idsOf(vocabulary), lines: readonly string[] = merges): string =>
  folderOf({ 'vocab.json': ids, 'merges.txt': ['#version: 0.2', ...lines, ''].join('\n') });

describe('encodeWords', () => {
  const white = fc.constantFrom('', ' ', '  ', '\t', '\u3000', '\n ');
  const anyToken = fc.oneof(
    text,
    white,
    fc.tuple(white, text, white).map((parts) => parts.join('')),
  );
  // GPT-2's merges never join blanks; CodeT5's do, and then a run of white space across tokens is one piece. U+3000 is the bytes ã Ģ Ģ.
  const runs = ['Ġ Ġ', 'ĠĠ ĠĠ', 'Ġ ĉ', 'ĉ Ġ', 'Ċ Ġ', 'ĊĠ Ġ', 'ã Ģ', 'ãĢ Ģ', 'Ġ ãĢĢ', 'ãĢĢ Ġ', 't e', 'Ġ te'];

  it.each([
    ['gpt2', () => gpt2],
    ['a vocabulary with runs of white space', () => loadTokenizer(`file:${twoFiles(idsOf(vocabularyOf(runs)), runs)}`)],
  ])('equals encode of the joined tokens, and owners follow the bytes, whatever the tokens: %s', (_, make) => {
    const tokenizer = make();
    fc.assert(
      fc.property(fc.array(anyToken, { maxLength: 8 }), (tokens) => {
        const { ids, wordOf } = tokenizer.encodeWords(tokens);
        expect(ids).toEqual(tokenizer.encode(tokens.join(' ')));
        // A token's bytes begin at its joining blank: where the text of the tokens before it ends.
        const begins = tokens.map((_, word) => Buffer.byteLength(tokens.slice(0, word).join(' ')));
        let byte = 0;
        const owners = ids.map((id) => {
          const owner = begins.findLastIndex((begin) => begin <= byte);
          byte += tokenizer.piece(id).length;
          return owner;
        });
        expect(wordOf).toEqual(owners);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives each token its own pieces when tokens have no white space at their ends', () => {
    const token = text.map((t) => t.trim()).filter((t) => t !== '');
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 8 }), (tokens) => {
        const { ids, wordOf } = gpt2.encodeWords(tokens);
        tokens.forEach((expected, word) => {
          const own = ids.filter((_, i) => wordOf[i] === word);
          expect(gpt2.decode(own)).toBe(word === 0 ? expected : ` ${expected}`);
        });
      }),
    );
  });

  it('names the token of each sub-token', () => {
    const { ids, wordOf } = gpt2.encodeWords(['testo_init', '(', 'testo_init', ')']);
    expect(ids.map((id) => gpt2.piece(id))).toEqual(['test', 'o', '_', 'init', 'Ġ(', 'Ġtest', 'o', '_', 'init', 'Ġ)']);
    expect(wordOf).toEqual([0, 0, 0, 0, 1, 2, 2, 2, 2, 3]);
  });

  it('gives a joining blank to the token after it, also around blanks', () => {
    const split = (tokens: string[]): string[] => {
      const { ids, wordOf } = gpt2.encodeWords(tokens);
      return ids.map((id, i) => `${gpt2.piece(id)}:${wordOf[i]!}`);
    };
    expect(split(['a', '', 'b'])).toEqual(['a:0', 'Ġ:1', 'Ġb:2']);
    expect(split(['"', ' a', '"'])).toEqual(['":0', 'Ġ:1', 'Ġa:1', 'Ġ":2']);
    expect(split(['a ', 'b'])).toEqual(['a:0', 'Ġ:0', 'Ġb:1']);
    expect(split(['', 'a'])).toEqual(['Ġa:1']);
    expect(split([])).toEqual([]);
    expect(split([''])).toEqual([]);
  });
});

describe('folders', () => {
  const json = (model: object = {}, rest: object = {}): object => ({
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
    decoder: { type: 'ByteLevel' },
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] },
    added_tokens: special.map((content, id) => ({ id, content, special: true, lstrip: id === 4 })),
    model: { type: 'BPE', vocab: idsOf(vocabulary), merges, continuing_subword_prefix: '', end_of_word_suffix: '', ...model },
    ...rest,
  });
  it('read in both forms, which are one tokenizer', () => {
    const two = loadTokenizer(`file:${twoFiles()}`);
    const one = loadTokenizer(`file:${folderOf({ 'tokenizer.json': json() })}`);
    expect(one.digest).toBe(two.digest);
    expect(pieces(two, ' test ##')).toBe('Ġtest Ġ ##');
    expect(two.special).toEqual({ cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 });
    const pairs = merges.map((merge) => merge.split(' '));
    expect(loadTokenizer(`file:${folderOf({ 'tokenizer.json': json({ merges: pairs }) })}`).digest).toBe(two.digest);
    const windows = folderOf({ 'vocab.json': idsOf(vocabulary), 'merges.txt': `#version: 0.2\r\n${merges.join('\r\n')}\r\n` });
    expect(loadTokenizer(`file:${windows}`).digest).toBe(two.digest);
  });

  it('special ids are read from the vocabulary, and a missing mask is null', () => {
    const reversed = ['<pad>', '<s>', '</s>', '<unk>', ...vocabulary.slice(5)];
    expect(loadTokenizer(`file:${twoFiles(idsOf(reversed))}`).special).toEqual({ cls: 1, pad: 0, sep: 2, unk: 3, mask: null });
  });

  it('tokens added beyond the vocabulary count and are special', () => {
    const added = { id: vocabulary.length, content: '<extra_id_0>', special: true };
    const tokenizer = loadTokenizer(`file:${folderOf({ 'tokenizer.json': json({}, { added_tokens: [added] }) })}`);
    expect(tokenizer.vocabularySize).toBe(vocabulary.length + 1);
    expect(tokenizer.isSpecial(vocabulary.length)).toBe(true);
    expect(tokenizer.decode([...tokenizer.encode('a'), vocabulary.length])).toBe('a');
  });

  const broken: readonly (readonly [string, () => string, string])[] = [
    ['no folder', () => join(temporaryFolder(), 'none'), 'no such folder'],
    ['an empty folder', () => folderOf({}), 'no tokenizer.json and no '],
    ['no merges', () => folderOf({ 'vocab.json': idsOf(vocabulary) }), 'merges.txt'],
    ['a folder in place of a file', () => withFolder(twoFiles(), 'vocab.json'), 'cannot be read'],
    ['JSON cut short', () => folderOf({ 'vocab.json': '{"a": 1', 'merges.txt': '' }), 'not JSON'],
    ['a list for a vocabulary', () => twoFiles(vocabulary), 'not an object'],
    ['null for a vocabulary', () => folderOf({ 'vocab.json': 'null', 'merges.txt': '' }), 'not an object'],
    ['an id twice', () => twoFiles({ ...idsOf(vocabulary), '!': 0 }), 'both have the id 0'],
    ['an id left out', () => twoFiles({ ...idsOf(vocabulary), '##': 999 }), '“##” has the id 999'],
    ['an id that is no number', () => twoFiles({ ...idsOf(vocabulary), '##': '5' }), 'the id "5"'],
    ['no special tokens', () => twoFiles(idsOf(vocabulary.slice(5))), 'no special token <s>'],
    ['bytes left out', () => twoFiles(idsOf(vocabulary.filter((piece) => piece !== 'ÿ'))), '1 of the 256 bytes are no pieces (“ÿ”)'],
    [
      'merges of another tokenizer',
      () => twoFiles(undefined, [...merges, 'a b']),
      '1 of 6 merges name pieces that the vocabulary lacks (“a b”)',
    ],
    ['a line that is no merge', () => twoFiles(undefined, [...merges, 'abc']), 'line 7: “abc” is no merge'],
    ['a line of three parts', () => twoFiles(undefined, ['t e s']), 'line 2: “t e s” is no merge'],
    ['merges that make a special token', () => twoFiles(idsOf([...vocabulary, '<s', '</']), ['< s', '<s >']), 'makes a special token'],
    ['another kind of tokenizer', () => folderOf({ 'tokenizer.json': json({ type: 'WordPiece' }) }), 'BPE'],
    ['a normaliser', () => folderOf({ 'tokenizer.json': json({}, { normalizer: { type: 'NFC' } }) }), 'normalizer'],
    ['another splitter', () => folderOf({ 'tokenizer.json': json({}, { pre_tokenizer: { type: 'Whitespace' } }) }), 'pre_tokenizer'],
    [
      'a leading blank added',
      () => folderOf({ 'tokenizer.json': json({}, { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }) }),
      'add_prefix_space',
    ],
    [
      'plain added tokens',
      () => folderOf({ 'tokenizer.json': json({}, { added_tokens: [{ id: 9, content: '  ', special: false }] }) }),
      'only special tokens may be added',
    ],
    ['a merge list of numbers', () => folderOf({ 'tokenizer.json': json({ merges: [1] }) }), 'merges'],
    ['a number in the merge list', () => folderOf({ 'tokenizer.json': json({ merges: ['t e', 1] }) }), 'merges[1]'],
    [
      'a byte that is declared special',
      () => folderOf({ 'tokenizer.json': json({}, { added_tokens: [{ id: vocabulary.indexOf('a'), content: 'a', special: true }] }) }),
      'the byte “a” is a special token',
    ],
    [
      'an id as deep as the file',
      () => folderOf({ 'vocab.json': `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'merges.txt': '' }),
      'the id of type object',
    ],
    ['text that is not UTF-8', () => withBytes(twoFiles(), 'merges.txt', Uint8Array.of(0xff)), 'is not UTF-8'],
    ['more than any tokenizer has', () => withBytes(twoFiles(), 'vocab.json', new Uint8Array(2 ** 26 + 1)), '67108865 bytes'],
    ['whole words before merges', () => folderOf({ 'tokenizer.json': json({ ignore_merges: true }) }), 'ignore_merges'],
  ];
  it.each(broken)('are refused: %s', (_, make, message) => {
    const folder = make();
    const load = (): unknown => loadTokenizer(`file:${folder}`);
    expect(load).toThrow(UserError);
    expect(load).toThrow(message);
    expect(load).toThrow(folder);
  });

  function withFolder(folder: string, name: string): string {
    rmSync(join(folder, name));
    mkdirSync(join(folder, name));
    return folder;
  }

  function withBytes(folder: string, name: string, bytes: Uint8Array): string {
    writeFileSync(join(folder, name), bytes);
    return folder;
  }

  it.each(['gpt3', '', 'file:', 'FILE:x'])('the name “%s” is refused', (spec) => {
    expect(() => loadTokenizer(spec)).toThrow(UserError);
  });
});

describeIn(dataFolder('tokenizers/codet5'), 'CodeT5’s files', (folder) => {
  const codet5 = loadTokenizer(`file:${folder}`);

  it('have the ids and counts of victims-and-data.md 3 and method.md 1', () => {
    expect(codet5.special).toEqual({ cls: 1, pad: 0, sep: 2, unk: 3, mask: 4 });
    expect(codet5.vocabularySize).toBe(32000);
    expect(countPieces(codet5)).toEqual({
      // The document's 15,684 counts the five special tokens too.
      withoutBlank: 15684 - 5,
      wordCharacters: 14852,
      digits: 302,
      identifiers: 14550,
      javaIdentifiers: 14553,
    });
  });

  it('agree with the algorithm as defined, and give every text back', () => {
    const plainly = plainEncoder(folderVocabulary(folder));
    fc.assert(
      fc.property(text, (input) => {
        expect(codet5.encode(input)).toEqual(plainly(input));
        expect(codet5.decode(codet5.encode(input))).toBe(input);
      }),
    );
  });
});

/** method.md 1: pieces that begin with `Ġ` are dropped, then each rule applies to the whole piece; special tokens are no pieces of the count. */
function countPieces(tokenizer: Tokenizer): Record<string, number> {
  const all = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id).filter((id) => !tokenizer.isSpecial(id));
  const withoutBlank = all.map((id) => tokenizer.piece(id)).filter((piece) => !piece.startsWith('Ġ'));
  const count = (rule: RegExp): number => withoutBlank.filter((piece) => rule.test(piece)).length;
  return {
    withoutBlank: withoutBlank.length,
    wordCharacters: count(/^[A-Za-z0-9_]+$/),
    digits: count(/^[0-9]+$/),
    identifiers: count(/^[A-Za-z_][A-Za-z0-9_]*$/),
    javaIdentifiers: count(/^[A-Za-z_$][A-Za-z0-9_$]*$/),
  };
}
