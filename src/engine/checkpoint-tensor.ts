/** Tensors as checkpoints hold them, read from a file's bytes; half precision is widened to float32 while it is read. */
import { endianness } from 'node:os';
import { UserError } from '../core/errors.ts';
import { PIECE_BYTES, type ByteSource } from './checkpoint-source.ts';
import { widenedHalves } from './checkpoint-half.ts';

/** Bytes of one element of each type that is read. */
export const ELEMENT_BYTES = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1, BOOL: 1 } as const;

export type FileType = keyof typeof ELEMENT_BYTES;

export function isFileType(dtype: string): dtype is FileType {
  return Object.hasOwn(ELEMENT_BYTES, dtype);
}

interface Stored<Type extends FileType, Data> {
  readonly dtype: Type;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Data;
}

/** A tensor on the host. Half-precision files are widened while they are read, so F16 and BF16 do not occur here. */
export type StoredTensor =
  | Stored<'F32', Float32Array>
  | Stored<'F64', Float64Array>
  | Stored<'I32', Int32Array>
  | Stored<'I64', BigInt64Array>
  | Stored<'U8', Uint8Array>
  | Stored<'BOOL', Uint8Array>;

/** What a file of weights holds. */
export interface Weights {
  readonly tensors: Map<string, StoredTensor>;
  /** Bytes of the tensors' elements as the file has them: each name counted, and tensors that are one view counted once. */
  readonly bytes: number;
  readonly distinctBytes: number;
}

/** PyTorch's own limit; a longer shape is an attack or a mistake. */
export const MAX_DIMENSIONS = 64;

/** Number of elements, or `null` where it is not exact: a size that is no number of elements, or a product beyond 2^53. */
export function elementsOf(shape: readonly number[]): number | null {
  if (shape.length > MAX_DIMENSIONS || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return null;
  const elements = shape.reduce((product, size) => product * size, 1);
  // Infinity times 0 is NaN, which is no safe integer either.
  return Number.isSafeInteger(elements) ? elements : null;
}

/** All zero. The caller has checked that the file is large enough to hold these elements. */
export function emptyTensor(type: FileType, shape: readonly number[], place: string): StoredTensor {
  const elements = elementsOf(shape)!;
  try {
    switch (type) {
      case 'F32':
      case 'F16':
      case 'BF16':
        return { dtype: 'F32', shape, data: new Float32Array(elements) };
      case 'F64':
        return { dtype: type, shape, data: new Float64Array(elements) };
      case 'I32':
        return { dtype: type, shape, data: new Int32Array(elements) };
      case 'I64':
        return { dtype: type, shape, data: new BigInt64Array(elements) };
      case 'U8':
      case 'BOOL':
        return { dtype: type, shape, data: new Uint8Array(elements) };
    }
  } catch (error) {
    // A file with holes can claim more than any memory.
    throw new UserError(place, `${elements} elements do not fit into memory (${String(error)})`);
  }
}

/** Fills `data`, the array of a tensor read as `type`, with consecutive elements from byte `offset` of the source on. */
export function readElements(source: ByteSource, type: FileType, offset: number, data: StoredTensor['data'], place: string): void {
  checkByteOrder(place);
  if (type === 'F16' || type === 'BF16') {
    widen(source, type, offset, data as Float32Array);
    return;
  }
  source.read(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  if (type !== 'BOOL') return;
  const odd = (data as Uint8Array).find((byte) => byte > 1);
  if (odd !== undefined) throw new UserError(place, `a truth value of ${odd}`, '0 or 1');
}

function widen(source: ByteSource, type: 'F16' | 'BF16', offset: number, data: Float32Array): void {
  const piece = new Uint16Array(Math.min(data.length, PIECE_BYTES / 2));
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const halves = widenedHalves();
  for (let done = 0; done < data.length; done += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, data.length - done));
    source.read(new Uint8Array(part.buffer, 0, part.byteLength), offset + 2 * done);
    // A bfloat16 is the upper half of a float32.
    if (type === 'BF16') for (let i = 0; i < part.length; i++) bits[done + i] = part[i]! << 16;
    else for (let i = 0; i < part.length; i++) data[done + i] = halves[part[i]!]!;
  }
}

/** The files' numbers are little-endian; typed arrays have the machine's order. */
export function checkByteOrder(place: string): void {
  if (endianness() !== 'LE') throw new UserError(place, 'this machine is big-endian', 'a little-endian machine');
}
