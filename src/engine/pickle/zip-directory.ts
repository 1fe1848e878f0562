/** Where the files of a zip archive lie, believed only when none reaches into another or out of the archive; compressed ones are refused. */
import { UserError } from '../../core/errors.ts';
import { bytesAt, type ByteSource } from '../checkpoint-source.ts';

export interface ZipEntry {
  readonly name: string;
  /** First byte of its content. */
  readonly begin: number;
  readonly size: number;
  readonly crc32: number;
}

const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR_BYTES = 20;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** Stand for “see the 64-bit field”. */
const SEE_64 = 0xffffffff;
const SEE_64_SHORT = 0xffff;

const MAX_DIRECTORY_BYTES = 2 ** 25;
const MAX_ENTRIES = 2 ** 18;

export function readDirectory(source: ByteSource): Map<string, ZipEntry> {
  const { entries, begin, size } = findDirectory(source);
  const listed = listEntries(source, begin, size, entries);
  let reached = 0;
  const found = new Map<string, ZipEntry>();
  for (const { local, ...entry } of listed.sort((a, b) => a.local - b.local)) {
    if (local < reached) throw broken(source, `“${entry.name}” begins at byte ${local}, inside what ends at ${reached}`);
    const content = contentOf(source, local, entry.name, begin);
    reached = content + entry.size;
    if (reached > begin) throw broken(source, `“${entry.name}” ends at byte ${reached}, beyond the files, which end at ${begin}`);
    if (found.has(entry.name)) throw broken(source, `“${entry.name}” twice`);
    found.set(entry.name, { ...entry, begin: content });
  }
  return found;
}

function broken({ place }: ByteSource, problem: string): UserError {
  return new UserError(place, problem, 'an archive that torch.save wrote, whole');
}

/** A number of 8 bytes; one beyond 2^53 is beyond every file. */
function long(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewAt(source: ByteSource, at: number, length: number): DataView {
  return new DataView(bytesAt(source, at, length).buffer);
}

/** The list of files ends where the records about it begin, and those end with the archive: nothing can be put between or behind. */
function findDirectory(source: ByteSource): { readonly entries: number; readonly begin: number; readonly size: number } {
  const endAt = source.size - END_BYTES;
  const end = viewAt(source, endAt, END_BYTES);
  if (end.getUint32(0, true) !== 0x06054b50 || end.getUint16(20, true) !== 0) throw broken(source, 'does not end as an archive ends');
  const disks = end.getUint32(4, true);
  const short = { entries: end.getUint16(10, true), size: end.getUint32(12, true), begin: end.getUint32(16, true) };
  const { limit, ...found } = findDirectory64(source, endAt) ?? { ...short, limit: endAt };
  const agrees = (value: number, said: number, see: number): boolean => said === value || said === see;
  if (
    disks !== 0 ||
    !agrees(found.entries, short.entries, SEE_64_SHORT) ||
    !agrees(found.size, short.size, SEE_64) ||
    !agrees(found.begin, short.begin, SEE_64) ||
    end.getUint16(8, true) !== short.entries
  )
    throw broken(source, 'the records at its end disagree');
  if (found.begin + found.size !== limit) throw broken(source, `the list of its files does not end at byte ${limit}`);
  if (found.entries > MAX_ENTRIES || found.size > MAX_DIRECTORY_BYTES) throw broken(source, `${found.entries} files in an archive`);
  return found;
}

/** The 64-bit records, which torch writes always and other programs where they are needed. */
function findDirectory64(
  source: ByteSource,
  endAt: number,
): { readonly entries: number; readonly begin: number; readonly size: number; readonly limit: number } | null {
  const locatorAt = endAt - LOCATOR_BYTES;
  if (locatorAt < END64_BYTES) return null;
  const locator = viewAt(source, locatorAt, LOCATOR_BYTES);
  if (locator.getUint32(0, true) !== 0x07064b50) return null;
  const limit = locatorAt - END64_BYTES;
  const record = viewAt(source, limit, END64_BYTES);
  const isRecord = record.getUint32(0, true) === 0x06064b50 && long(record, 4) === END64_BYTES - 12;
  if (!isRecord || long(locator, 8) !== limit || record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0)
    throw broken(source, 'its 64-bit records are not where they should be');
  if (long(record, 24) !== long(record, 32)) throw broken(source, 'the records at its end disagree');
  return { entries: long(record, 32), size: long(record, 40), begin: long(record, 48), limit };
}

interface Listed extends Omit<ZipEntry, 'begin'> {
  /** First byte of its local header. */
  readonly local: number;
}

function listEntries(source: ByteSource, begin: number, size: number, entries: number): Listed[] {
  const bytes = bytesAt(source, begin, size);
  const listed: Listed[] = [];
  let at = 0;
  for (let i = 0; i < entries; i++) {
    if (size - at < CENTRAL_BYTES) throw broken(source, `lists ${i} of its ${entries} files`);
    const view = new DataView(bytes.buffer, at, CENTRAL_BYTES);
    const [nameBytes, extraBytes, noteBytes] = [view.getUint16(28, true), view.getUint16(30, true), view.getUint16(32, true)];
    const next = at + CENTRAL_BYTES + nameBytes + extraBytes + noteBytes;
    if (view.getUint32(0, true) !== 0x02014b50 || next > size) throw broken(source, `lists ${i} of its ${entries} files`);
    const name = decodeName(source, bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes));
    const extraAt = at + CENTRAL_BYTES + nameBytes;
    listed.push(describe(source, name, view, new DataView(bytes.buffer, extraAt, extraBytes)));
    at = next;
  }
  if (at !== size) throw broken(source, `${size - at} bytes after the list of its files`);
  return listed;
}

function describe(source: ByteSource, name: string, view: DataView, extra: DataView): Listed {
  const [flags, method] = [view.getUint16(8, true), view.getUint16(10, true)];
  // Bits 0, 6 and 13: encrypted.
  if (method !== 0 || (flags & 0x2041) !== 0)
    throw new UserError(
      source.place,
      `“${name}” is compressed or encrypted (method ${method})`,
      'files stored as they are, as torch.save stores them',
    );
  const longs = longFields(extra);
  const field = (at: number): number => {
    const value = view.getUint32(at, true);
    if (value !== SEE_64) return value;
    const wide = longs.shift();
    if (wide === undefined) throw broken(source, `“${name}” lacks its 64-bit sizes`);
    return wide;
  };
  // In the order in which the 64-bit field has those that it has.
  const size = field(24);
  const packed = field(20);
  const local = field(42);
  if (packed !== size) throw broken(source, `“${name}” takes ${packed} bytes for ${size}`);
  return { name, size, local, crc32: view.getUint32(16, true) };
}

/** The 64-bit field among an entry's extra fields: each an identifier, a length, and content. */
function longFields(extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = Math.min(extra.getUint16(at + 2, true), extra.byteLength - at - 4);
    if (extra.getUint16(at, true) === 1) return Array.from({ length: Math.floor(length / 8) }, (_, i) => long(extra, at + 4 + 8 * i));
    at += 4 + length;
  }
  return [];
}

/** Behind the local header, whose name must be the one listed; its sizes may be left open and are not used. */
function contentOf(source: ByteSource, local: number, name: string, limit: number): number {
  if (local + LOCAL_BYTES > limit) throw broken(source, `“${name}” begins at byte ${local}, beyond the files, which end at ${limit}`);
  const header = viewAt(source, local, LOCAL_BYTES);
  const nameBytes = header.getUint16(26, true);
  const isSame = header.getUint32(0, true) === 0x04034b50 && decodeName(source, bytesAt(source, local + LOCAL_BYTES, nameBytes)) === name;
  if (!isSame) throw broken(source, `“${name}” is not at byte ${local}, where it is said to be`);
  return local + LOCAL_BYTES + nameBytes + header.getUint16(28, true);
}

function decodeName(source: ByteSource, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw broken(source, 'a file’s name is not UTF-8');
  }
}
