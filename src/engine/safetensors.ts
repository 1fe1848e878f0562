/** Tensors to and from safetensors files, the format of Hugging Face checkpoints; a broken or hostile file is refused, never half read. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { UserError } from '../core/errors.ts';
import { canonicalJson } from '../core/hash.ts';
import { ELEMENT_BYTES, parseHeader, type FileType } from './safetensors-header.ts';

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

/** The format's own limit: a longer header is an attack or not a header. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/**
 * All tensors of a file, in the order of their bytes.
 * @param source a path, or the file's bytes
 */
export function readSafetensors(
  source: string | Uint8Array,
  place = typeof source === 'string' ? source : 'safetensors',
): Map<string, StoredTensor> {
  return typeof source === 'string' ? readFile(source, place) : readAll(inMemory(source), place);
}

/** The file's bytes. Equal tensors and metadata give equal bytes, whatever the order of the map. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  checkByteOrder();
  // Wide elements first, so that each tensor starts at a multiple of its element size (readers that map the file need it).
  const sorted = [...tensors].sort(([a, x], [b, y]) => ELEMENT_BYTES[y.dtype] - ELEMENT_BYTES[x.dtype] || (a < b ? -1 : 1));
  const entries = [`"__metadata__":${canonicalJson(metadata)}`];
  let reached = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elements !== data.length) throw new RangeError(`${name}: shape [${shape.join(', ')}] with ${data.length} elements`);
    if (name === '__metadata__') throw new RangeError('__metadata__ is no name for a tensor');
    entries.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${reached},${reached + data.byteLength}]}`,
    );
    reached += data.byteLength;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + reached);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + json.length, LENGTH_BYTES + headerBytes);
  let at = LENGTH_BYTES + headerBytes;
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** Bytes that can be read piece by piece, so that a large file is never in memory twice. */
interface ByteSource {
  readonly size: number;
  /** A copy of its own. The range is inside the source. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

function readAll(source: ByteSource, place: string): Map<string, StoredTensor> {
  checkByteOrder();
  if (source.size < LENGTH_BYTES) throw new UserError(place, `${source.size} bytes`, 'a safetensors file');
  const headerBytes = new DataView(source.read(0, LENGTH_BYTES).buffer).getBigUint64(0, true);
  const rest = source.size - LENGTH_BYTES;
  if (headerBytes > rest || headerBytes > MAX_HEADER_BYTES)
    throw new UserError(place, `a header of ${headerBytes} bytes in a file of ${source.size}`, 'a whole safetensors file');
  const dataStart = LENGTH_BYTES + Number(headerBytes);
  const entries = parseHeader(source.read(LENGTH_BYTES, Number(headerBytes)), source.size - dataStart, place);
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      decode(dtype, shape, source.read(dataStart + begin, end - begin), `${place}: tensor “${name}”`),
    ]),
  );
}

/** `bytes` own their whole buffer, so a view of it is aligned. */
function decode(dtype: FileType, shape: readonly number[], bytes: Uint8Array<ArrayBuffer>, place: string): StoredTensor {
  switch (dtype) {
    case 'F32':
      return { dtype, shape, data: new Float32Array(bytes.buffer) };
    case 'F16':
      return { dtype: 'F32', shape, data: Float32Array.from(new Uint16Array(bytes.buffer), widenHalf) };
    case 'BF16':
      // A bfloat16 is the upper half of a float32.
      return { dtype: 'F32', shape, data: new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (bits) => bits << 16).buffer) };
    case 'F64':
      return { dtype, shape, data: new Float64Array(bytes.buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(bytes.buffer) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(bytes.buffer) };
    case 'U8':
      return { dtype, shape, data: bytes };
    case 'BOOL': {
      const odd = bytes.find((byte) => byte > 1);
      if (odd !== undefined) throw new UserError(place, `a truth value of ${odd}`, '0 or 1');
      return { dtype, shape, data: bytes };
    }
  }
}

/** IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) as a number; exact. */
function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The file's numbers are little-endian; typed arrays have the machine's order. */
function checkByteOrder(): void {
  if (endianness() !== 'LE') throw new UserError('safetensors', 'this machine is big-endian', 'a little-endian machine');
}

function inMemory(bytes: Uint8Array): ByteSource {
  // Copied explicitly: `slice` of Node's Buffer is a view.
  return { size: bytes.length, read: (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)) };
}

function readFile(path: string, place: string): Map<string, StoredTensor> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new UserError(place, `cannot be opened (${String(error)})`, 'a readable safetensors file');
  }
  try {
    if (!fstatSync(file).isFile()) throw new UserError(place, 'is not a file', 'a safetensors file');
    return readAll({ size: fstatSync(file).size, read: (offset, length) => readRange(file, offset, length, place) }, place);
  } finally {
    closeSync(file);
  }
}

function readRange(file: number, offset: number, length: number, place: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // One call reads at most 2 GiB.
  for (let filled = 0; filled < length;) {
    const count = readSync(file, bytes, filled, Math.min(length - filled, 2 ** 30), offset + filled);
    if (count === 0) throw new UserError(place, 'became shorter while it was read');
    filled += count;
  }
  return bytes;
}
