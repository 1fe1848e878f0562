/** StarCoder's layout: its special tokens' roles, digits that stand alone, and the refusal of layouts that are neither its nor RoBERTa's. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { byteCharacters } from './tokenizer-files.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';

fc.configureGlobal({ seed: 20255 });

const special = ['<|endoftext|>', '<fim_prefix>', '<fim_middle>', '<fim_suffix>', '<fim_pad>', '<filename>'];
// `1 2`, `x 1` and `Ġ 1` can never be applied: no digit has a neighbour.
const merges = ['1 2', 'x 1', 'Ġ 1', 'Ġ Ġ', 'ĠĠ ĠĠ', 't e', 's t', 'te st', 'Ġ test'];
const pieces = [...special, ...byteCharacters(), ...merges.map((merge) => merge.replace(' ', ''))];
const idsOf = (list: readonly string[]): object => Object.fromEntries(list.map((piece, id) => [piece, id]));

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const digits = { type: 'Digits', individual_digits: true };
const digitsFirst = { type: 'Sequence', pretokenizers: [digits, byteLevel] };
const json = (pre_tokenizer: object = digitsFirst, names = special): object => ({
  normalizer: null,
  pre_tokenizer,
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  added_tokens: names.map((content, id) => ({ id, content, special: true })),
  model: { type: 'BPE', unk_token: null, vocab: idsOf([...names, ...pieces.slice(special.length)]), merges },
});
const folderOf = (files: Readonly<Record<string, string | object>>): string => {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return `file:${folder}`;
};
const load = (file: object): Tokenizer => loadTokenizer(folderOf({ 'tokenizer.json': file }));
const split = (starcoder: Tokenizer, tokens: readonly string[]): string[] => {
  const { ids, wordOf } = starcoder.encodeWords(tokens);
  return ids.map((id, i) => `${starcoder.piece(id)}:${wordOf[i]!}`);
};

describe('StarCoder’s files', () => {
  it('give the roles of victims-and-data.md 1: padding, end and unknown are one id', () => {
    const starcoder = load(json());
    expect(starcoder.special).toEqual({ cls: 1, pad: 0, sep: 2, unk: 0, mask: null });
    expect(pieces.map((_, id) => id).filter((id) => starcoder.isSpecial(id))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('split numbers into single digits, which take no blank before them', () => {
    const starcoder = load(json());
    expect(split(starcoder, ['test', 'x12', '=', '112', ';', ' test'])).toEqual(
      ['test:0', 'Ġ:1', 'x:1', '1:1', '2:1', 'Ġ:2', '=:2', 'Ġ:3', '1:3', '1:3', '2:3', 'Ġ:4', ';:4', 'Ġ:5', 'Ġtest:5'], // prettier-ignore
    );
    // Runs of blanks before a digit are whole; all of Unicode's numbers stand alone, as Hugging Face's `Digits` has them.
    expect(split(starcoder, ['a ', '1'])).toEqual(['a:0', 'ĠĠ:0', '1:1']);
    expect(split(starcoder, ['٣ ', '𝟏']).filter((piece) => piece.startsWith('Ġ'))).toEqual(['ĠĠ:0']);
  });

  it('are read in both forms, which are one tokenizer but for tokens that only tokenizer.json declares special', () => {
    const starcoder = load(json());
    const known = special.slice(0, 5);
    const vocab = idsOf([...known, ...pieces.slice(special.length)]);
    const two = loadTokenizer(folderOf({ 'vocab.json': vocab, 'merges.txt': `#version: 0.2\n${merges.join('\n')}\n` }));
    expect(two.digest).toBe(load(json(digitsFirst, known)).digest);
    expect(two.digest).not.toBe(starcoder.digest);
    expect(two.encode('12')).toEqual(['1', '2'].map((digit) => two.encode(digit)[0]!));
  });

  const fragment = fc.oneof(
    fc.constantFrom(' ', '  ', '\n', '\t', '\u3000', '1', '12', 'x1', '٣', '½', '𝟏', "'s", 'test', '<fim_prefix>', '<|endoftext|>', 'Ġ'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const token = fc.array(fragment, { maxLength: 5 }).map((parts) => parts.join(''));

  it('give every text back, without special ids; digits have no neighbours; encodeWords equals encode of the joined tokens', () => {
    const starcoder = load(json());
    fc.assert(
      fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
        const text = tokens.join(' ');
        const ids = starcoder.encode(text);
        expect(starcoder.encodeWords(tokens).ids).toEqual(ids);
        expect(ids.some((id) => starcoder.isSpecial(id))).toBe(false);
        expect(ids.map((id) => starcoder.piece(id)).filter((piece) => /[0-9]/.test(piece) && piece.length > 1)).toEqual([]);
        // A text of lone surrogates has no bytes of its own.
        expect(starcoder.decode(ids)).toBe(Buffer.from(text).toString());
      }),
      { numRuns: 1000 },
    );
  });
});

describe('other layouts', () => {
  it.each([
    ['numbers in one piece', json({ type: 'Sequence', pretokenizers: [{ ...digits, individual_digits: false }, byteLevel] }), 'individual_digits'], // prettier-ignore
    ['the other order', json({ type: 'Sequence', pretokenizers: [byteLevel, digits] }), 'pretokenizers'],
    ['something besides', json({ type: 'Sequence', pretokenizers: [digits, digits, byteLevel] }), 'pretokenizers'],
    ['StarCoder’s names without its digits', json(byteLevel), 'no special token <s> of RoBERTa’s'],
    ['a special token too few', json(digitsFirst, special.slice(0, 4)), 'no special token <fim_pad> of StarCoder’s'],
    ['RoBERTa’s names with digits', json(digitsFirst, ['<s>', '<pad>', '</s>', '<unk>']), 'no special token <fim_prefix> of StarCoder’s'],
  ])('are refused, and the known ones listed: %s', (_, file, fault) => {
    const loading = (): unknown => load(file);
    expect(loading).toThrow(UserError);
    expect(loading).toThrow(fault);
    expect(loading).toThrow('RoBERTa (<s> <pad> </s> <unk>; split by byte-level), or StarCoder (');
  });
});
