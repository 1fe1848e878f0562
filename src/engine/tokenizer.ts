/** Byte-level BPE as GPT-2, RoBERTa and StarCoder split text, fast over pre-tokenised programs, with a way back from sub-tokens to tokens. */
import { Tokenizer as UntypedTokenizer } from '@huggingface/tokenizers';
import { UserError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { folderVocabulary, gpt2Vocabulary, type Vocabulary } from './tokenizer-files.ts';
import type { SpecialIds, Splitting } from './tokenizer-layouts.ts';

export interface Tokenizer {
  /** `gpt2`, or `file:DIR`. */
  readonly name: string;
  /** SHA-256 of vocabulary, merges, special ids and splitting: the identity that a path is not. */
  readonly digest: string;
  readonly vocabularySize: number;
  readonly special: SpecialIds;
  /**
   * Sub-tokens without special tokens. Text never gives a special id: a program that contains `</s>` contains six characters, not the end
   * of the row (Hugging Face's tokenizers do read it as the special token).
   */
  encode(text: string): number[];
  /** `encode(tokens.join(' '))`, and for each sub-token the index of the token it belongs to. A joining blank belongs to the token after it. */
  encodeWords(tokens: readonly string[]): EncodedWords;
  /** Text of the ids, special tokens skipped: pieces run together, `Ġ` is a blank (method.md 4, step 4). */
  decode(ids: Iterable<number>): string;
  /** The raw piece, `Ġtest`. */
  piece(id: number): string;
  isSpecial(id: number): boolean;
}

export interface EncodedWords {
  readonly ids: number[];
  readonly wordOf: number[];
}

/** @param spec `gpt2` (GPT-2's merges, from npm), or `file:DIR` with tokenizer.json, or vocab.json and merges.txt */
export function loadTokenizer(spec: string): Tokenizer {
  if (spec === 'gpt2') return makeTokenizer(spec, gpt2Vocabulary());
  if (spec.startsWith('file:') && spec.length > 'file:'.length) return makeTokenizer(spec, folderVocabulary(spec.slice('file:'.length)));
  throw new UserError('tokenizer', `unknown “${spec}”`, 'gpt2, or file:DIR');
}

function makeTokenizer(name: string, vocabulary: Vocabulary): Tokenizer {
  const { pieces, special, specialIds, splitting } = vocabulary;
  const library = libraryTokenizer(vocabulary);
  const encode = (text: string): number[] => library.encode(text, { add_special_tokens: false }).ids;
  const piece = (id: number): string => {
    const found = pieces[id];
    if (found === undefined) throw new RangeError(`id ${id} in a vocabulary of ${pieces.length}`);
    return found;
  };
  return {
    name,
    digest: sha256(JSON.stringify([pieces, vocabulary.merges, special, [...specialIds].sort((a, b) => a - b), ...apartFrom(splitting)])),
    vocabularySize: pieces.length,
    special,
    encode,
    encodeWords: makeWordEncoder(encode, (id) => piece(id).length, splitting),
    decode(ids) {
      const text = [...ids].filter((id) => !specialIds.has(id));
      // Throws on an id out of range; the library would read it as unknown.
      text.forEach(piece);
      // Off: by default the library removes blanks before punctuation, `x .` → `x.`.
      return text.length === 0 ? '' : library.decode(text, { clean_up_tokenization_spaces: false });
    },
    piece,
    isSpecial: (id) => specialIds.has(id),
  };
}

/** Plain splitting adds nothing to a digest: it was the only one once. */
const apartFrom = (splitting: Splitting): Splitting[] => (splitting === 'byte-level' ? [] : [splitting]);

interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(ids: readonly number[], options: { clean_up_tokenization_spaces: boolean }): string;
}

// The package's declarations import each other without file endings, which TypeScript cannot follow under Node's resolution: to the
// compiler its exports have no type. What is used of them is declared above.
const LibraryTokenizer = UntypedTokenizer as unknown as new (tokenizer: object, config: object) => LibraryTokenizer;

// No blank before the very first token unless the text has one.
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
// The library's own `Digits` knows 0–9 alone; Hugging Face's takes every numeric character.
const eachDigit = { type: 'Split', pattern: { Regex: '\\p{N}' }, behavior: 'Isolated', invert: false };
const splitters: Readonly<Record<Splitting, object>> = {
  'byte-level': byteLevel,
  'digits, byte-level': { type: 'Sequence', pretokenizers: [eachDigit, byteLevel] },
};

/** Special tokens are not made known to the library, so it cannot find them in text; it adds none. */
function libraryTokenizer({ pieces, merges, splitting }: Vocabulary): LibraryTokenizer {
  return new LibraryTokenizer(
    {
      normalizer: null,
      pre_tokenizer: splitters[splitting],
      model: { type: 'BPE', vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])), merges },
      post_processor: null,
      decoder: { type: 'ByteLevel' },
      added_tokens: [],
    },
    {},
  );
}

/** Tokens longer than this (long string literals) hardly recur. */
const MAX_CACHED_LENGTH = 64;
/** Some 100 MB; then the cache starts anew. Devign's 27,318 functions have about 160,000 distinct tokens. */
const MAX_CACHED_TOKENS = 500_000;

/**
 * GPT-2's pattern splits before a joining blank unless white space stands on both sides of it: a non-blank before it ends its word, and of a run
 * of white space before a non-blank the last blank goes to that. So ` ` + token gives the same sub-tokens in every text, and they are kept.
 * Where the left token ends and the right one begins with white space, or either is empty, the run between them is one: such tokens are
 * encoded together and the sub-tokens handed out by byte offsets. Where digits stand alone, white space before one is a run to its end.
 */
function makeWordEncoder(
  encode: (text: string) => number[],
  bytesOf: (id: number) => number,
  splitting: Splitting,
): Tokenizer['encodeWords'] {
  const takesNoBlank = splitting === 'byte-level' ? /^\s/u : /^[\s\p{N}]/u;
  const isCleanCut = (left: string, right: string): boolean => !(endsOpen(left) && (right === '' || takesNoBlank.test(right)));
  const afterBlank = new Map<string, readonly number[]>();
  const ofWord = (token: string): readonly number[] => {
    let ids = afterBlank.get(token);
    if (ids === undefined) {
      ids = encode(` ${token}`);
      if (afterBlank.size >= MAX_CACHED_TOKENS) afterBlank.clear();
      if (token.length <= MAX_CACHED_LENGTH) afterBlank.set(token, ids);
    }
    return ids;
  };
  return (tokens) => {
    const ids: number[] = [];
    const wordOf: number[] = [];
    for (let first = 0; first < tokens.length;) {
      let end = first + 1;
      while (end < tokens.length && !isCleanCut(tokens[end - 1]!, tokens[end]!)) end++;
      if (first > 0 && end === first + 1) {
        for (const id of ofWord(tokens[first]!)) {
          ids.push(id);
          wordOf.push(first);
        }
      } else {
        const group = tokens.slice(first, end);
        const owners = ownersByByte(group, first > 0);
        let byte = 0;
        for (const id of encode((first > 0 ? ' ' : '') + group.join(' '))) {
          ids.push(id);
          wordOf.push(first + owners[byte]!);
          byte += bytesOf(id);
        }
      }
      first = end;
    }
    return { ids, wordOf };
  };
}

/** For each byte of the joined tokens, the token's index; a joining blank belongs to the token after it. */
function ownersByByte(tokens: readonly string[], afterBlank: boolean): number[] {
  return tokens.flatMap((token, i) => new Array<number>((i > 0 || afterBlank ? 1 : 0) + Buffer.byteLength(token)).fill(i));
}

const endsOpen = (token: string): boolean => token === '' || isSpace(token.charCodeAt(token.length - 1));

/** `\s` of the pattern, whose members are single UTF-16 units. */
function isSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit > 0x7f && /\s/u.test(String.fromCharCode(unit)));
}
