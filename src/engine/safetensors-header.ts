/** The JSON header of a safetensors file, believed only when it accounts for every byte of the file exactly once. */
import { UserError } from '../core/errors.ts';
import { ELEMENT_BYTES, elementsOf, isFileType, type FileType } from './checkpoint-tensor.ts';

/** Where one tensor lies; `begin` and `end` count bytes from the end of the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: FileType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

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

/** No schema: one would list every fault of a header as long as the file. */
function checkEntry(name: string, entry: unknown, place: string): HeaderEntry {
  const at = `${place}: tensor “${name}”`;
  const { dtype, shape, data_offsets: offsets, ...rest } = fieldsOf(entry, at);
  const more = Object.keys(rest)[0];
  if (more !== undefined) throw new UserError(at, `a field “${more}”`, 'dtype, shape and data_offsets');
  if (typeof dtype !== 'string' || !isFileType(dtype))
    throw new UserError(at, typeof dtype === 'string' ? `type ${dtype} is not read` : 'no dtype', Object.keys(ELEMENT_BYTES).join(', '));
  const elements = isNumbers(shape) ? elementsOf(shape) : null;
  if (!isNumbers(shape) || elements === null) throw new UserError(at, 'a shape that is no list of sizes, or of too many elements');
  if (!isNumbers(offsets) || offsets.length !== 2 || !offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0))
    throw new UserError(at, 'data_offsets that are none', 'two whole numbers');
  const [begin, end] = offsets as [number, number];
  const bytes = elements * ELEMENT_BYTES[dtype];
  if (end - begin !== bytes)
    throw new UserError(at, `${dtype} of shape [${shape.join(', ')}] is ${bytes} bytes, its offsets ${begin}…${end} hold ${end - begin}`);
  return { name, dtype, shape, begin, end };
}

function fieldsOf(entry: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw new UserError(at, 'is no object', 'dtype, shape and data_offsets');
  return entry as Readonly<Record<string, unknown>>;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number');
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
