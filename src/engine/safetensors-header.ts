/** The JSON header of a safetensors file, believed only when it accounts for every byte of the file exactly once. */
import { z } from 'zod';
import { UserError } from '../core/errors.ts';

/** Bytes of one element of each type that is read. */
export const ELEMENT_BYTES = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1, BOOL: 1 } as const;

export type FileType = keyof typeof ELEMENT_BYTES;

/** Where one tensor lies; `begin` and `end` count bytes from the end of the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: FileType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** Entries in the order of their bytes. `dataBytes` is the number of bytes after the header. */
export function parseHeader(header: Uint8Array, dataBytes: number, place: string): HeaderEntry[] {
  const entries = Object.entries(jsonObject(header, place))
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => checkEntry(name, entry, place))
    // A tensor without elements takes no bytes: it stands before the one that begins where it does.
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, dataBytes, place);
  return entries;
}

function jsonObject(header: Uint8Array, place: string): Readonly<Record<string, unknown>> {
  // The format demands it; also keeps a byte order mark and a leading blank out.
  if (header[0] !== 0x7b) throw new UserError(place, 'the header does not begin with “{”', 'a safetensors file');
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UserError(place, `the header is not JSON (${String(error)})`, 'a safetensors file');
  }
  const twice = firstDuplicateKey(text);
  if (twice !== null) throw new UserError(place, `the header has the name “${twice}” twice`, 'each name once');
  // Text that begins with “{” and parses is an object.
  return parsed as Readonly<Record<string, unknown>>;
}

function checkEntry(name: string, entry: unknown, place: string): HeaderEntry {
  const at = `${place}: tensor “${name}”`;
  const checked = entrySchema.safeParse(entry);
  if (!checked.success) throw new UserError(at, z.prettifyError(checked.error), 'dtype, shape and data_offsets');
  const { dtype, shape, data_offsets } = checked.data;
  const [begin, end] = data_offsets;
  if (!isFileType(dtype)) throw new UserError(at, `type ${dtype} is not read`, Object.keys(ELEMENT_BYTES).join(', '));
  // Beyond 2^53 the product is inexact, infinite or (times 0) NaN: no offsets equal it.
  const bytes = shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype]);
  if (end - begin !== bytes)
    throw new UserError(at, `${dtype} of shape [${shape.join(', ')}] is ${bytes} bytes, its offsets ${begin}…${end} hold ${end - begin}`);
  return { name, dtype, shape, begin, end };
}

function isFileType(dtype: string): dtype is FileType {
  return Object.hasOwn(ELEMENT_BYTES, dtype);
}

/** No byte twice, none left over, none beyond the end: so no tensor can hide in or alias another. */
function checkCoverage(entries: readonly HeaderEntry[], dataBytes: number, place: string): void {
  let reached = 0;
  for (const { name, begin, end } of entries) {
    const at = `${place}: tensor “${name}”`;
    if (end > dataBytes) throw new UserError(at, `ends at byte ${end} of ${dataBytes}`, 'a file that was written or downloaded whole');
    if (begin < reached) throw new UserError(at, `begins at byte ${begin}, inside the tensor before it, which ends at ${reached}`);
    if (begin > reached) throw new UserError(at, `begins at byte ${begin}; nothing accounts for the bytes from ${reached}`);
    reached = end;
  }
  if (reached !== dataBytes) throw new UserError(place, `${dataBytes - reached} bytes after the last tensor`, 'none');
}

/** `JSON.parse` keeps the last of two equal keys in silence. `json` is valid JSON. */
function firstDuplicateKey(json: string): string | null {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{') open.push(new Set());
    if (character === '}') open.pop();
    if (character !== '"') continue;
    const start = at++;
    while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
    // A string before a colon is a key; arrays hold none, so the innermost object is the one it belongs to.
    let next = at + 1;
    while (json.charCodeAt(next) <= 0x20) next++;
    if (json[next] !== ':') continue;
    const key = JSON.parse(json.slice(start, at + 1)) as string;
    const keys = open.at(-1)!;
    if (keys.has(key)) return key;
    keys.add(key);
  }
  return null;
}
