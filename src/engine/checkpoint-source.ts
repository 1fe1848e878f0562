/** The bytes of a weights file, read in pieces at offsets: a large file is never in memory beside its tensors. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { UserError } from '../core/errors.ts';

export interface ByteSource {
  /** For messages. */
  readonly place: string;
  readonly size: number;
  /** Fills `target` with the bytes from `offset` on; a range that leaves the source is a UserError. */
  read(target: Uint8Array, offset: number): void;
}

/** Bytes of a large range that are in memory at a time. */
export const PIECE_BYTES = 2 ** 20;

export function bytesAt(source: ByteSource, offset: number, length: number): Uint8Array<ArrayBuffer> {
  checkRange(source, offset, length);
  const bytes = new Uint8Array(length);
  source.read(bytes, offset);
  return bytes;
}

/** Copied out of `bytes` piece by piece, as from a file. */
export function sourceInMemory(bytes: Uint8Array, place: string): ByteSource {
  const source: ByteSource = {
    place,
    size: bytes.length,
    read(target, offset) {
      checkRange(source, offset, target.length);
      target.set(bytes.subarray(offset, offset + target.length));
    },
  };
  return source;
}

/** Opens a regular file for as long as `use` takes. */
export function withFile<T>(path: string, place: string, use: (source: ByteSource) => T): T {
  let file: number;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new UserError(place, `cannot be opened (${String(error)})`, 'a readable file of weights');
  }
  try {
    const about = fstatSync(file);
    if (!about.isFile()) throw new UserError(place, 'is not a file', 'a file of weights');
    return use(fileSource(file, about.size, place));
  } finally {
    closeSync(file);
  }
}

function fileSource(file: number, size: number, place: string): ByteSource {
  const source: ByteSource = {
    place,
    size,
    read(target, offset) {
      checkRange(source, offset, target.length);
      // One call reads at most 2 GiB.
      for (let filled = 0; filled < target.length;) {
        const count = readSync(file, target, filled, Math.min(target.length - filled, 2 ** 30), offset + filled);
        if (count === 0) throw new UserError(place, 'became shorter while it was read');
        filled += count;
      }
    },
  };
  return source;
}

function checkRange({ place, size }: ByteSource, offset: number, length: number): void {
  const inside = Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= size;
  if (!inside)
    throw new UserError(place, `${length} bytes at byte ${offset} in a file of ${size}`, 'a file that was written or downloaded whole');
}

/** CRC-32 of a range, in pieces. */
export function checksum(source: ByteSource, begin: number, size: number): number {
  const piece = new Uint8Array(Math.min(size, PIECE_BYTES));
  let sum = 0;
  for (let at = 0; at < size; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, size - at));
    source.read(part, begin + at);
    sum = crc32(part, sum);
  }
  return sum;
}
