/** Tensors to and from safetensors files, the format of Hugging Face checkpoints; a broken or hostile file is refused, never half read. */
import { UserError } from '../core/errors.ts';
import { canonicalJson } from '../core/hash.ts';
import { narrowToHalves } from './checkpoint-half.ts';
import { bytesAt, sourceInMemory, withFile, type ByteSource } from './checkpoint-source.ts';
import {
  checkByteOrder,
  ELEMENT_BYTES,
  elementsOf,
  emptyTensor,
  readElements,
  type FileType,
  type StoredTensor,
  type Weights,
} from './checkpoint-tensor.ts';
import { parseHeader } from './safetensors-header.ts';

export type { StoredTensor } from './checkpoint-tensor.ts';

/** The format's own limit: a longer header is an attack or not a header. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/**
 * All tensors of a file, in the order of their bytes. A file is read piece by piece: memory holds its header and its tensors.
 * @param source a path, or the file's bytes
 */
export function readSafetensors(
  source: string | Uint8Array,
  place = typeof source === 'string' ? source : 'safetensors',
): Map<string, StoredTensor> {
  return readSafetensorsPart(source, place).tensors;
}

/** The same, with the size that an index of several files tells. */
export function readSafetensorsPart(source: string | Uint8Array, place = typeof source === 'string' ? source : 'safetensors'): Weights {
  return typeof source === 'string' ? withFile(source, place, readAll) : readAll(sourceInMemory(source, place));
}

export interface WriteOptions {
  /** How float32 tensors are stored: as they are, or rounded to the nearest half (ties to even). Other types stay what they are. */
  readonly floats?: 'F32' | 'F16';
}

/** The file's bytes. Equal tensors and metadata give equal bytes, whatever the order of the map. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
  { floats = 'F32' }: WriteOptions = {},
): Uint8Array<ArrayBuffer> {
  checkByteOrder('safetensors');
  const planned = [...tensors].map(([name, tensor]) => plan(name, tensor, tensor.dtype === 'F32' ? floats : tensor.dtype));
  // Wide elements first, so that each tensor starts at a multiple of its element size (readers that map the file need it).
  planned.sort((a, b) => ELEMENT_BYTES[b.dtype] - ELEMENT_BYTES[a.dtype] || (a.name < b.name ? -1 : 1));
  const entries = [`"__metadata__":${canonicalJson(metadata)}`];
  let reached = 0;
  for (const { name, dtype, tensor, bytes } of planned) {
    const shape = tensor.shape.join(',');
    entries.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${reached},${reached + bytes}]}`);
    reached += bytes;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + reached);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + json.length, LENGTH_BYTES + headerBytes);
  let at = LENGTH_BYTES + headerBytes;
  for (const { name, dtype, tensor, bytes } of planned) {
    if (dtype === 'F16') writeHalves(name, tensor.data as Float32Array, new Uint16Array(file.buffer, at, bytes / 2));
    else file.set(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, bytes), at);
    at += bytes;
  }
  return file;
}

interface Planned {
  readonly name: string;
  /** As stored. */
  readonly dtype: FileType;
  readonly tensor: StoredTensor;
  readonly bytes: number;
}

function plan(name: string, tensor: StoredTensor, dtype: FileType): Planned {
  const { shape, data } = tensor;
  if (elementsOf(shape) !== data.length) throw new RangeError(`${name}: shape [${shape.join(', ')}] with ${data.length} elements`);
  if (name === '__metadata__') throw new RangeError('__metadata__ is no name for a tensor');
  return { name, dtype, tensor, bytes: data.length * ELEMENT_BYTES[dtype] };
}

function writeHalves(name: string, data: Float32Array, into: Uint16Array): void {
  const tooLarge = narrowToHalves(data, into);
  if (tooLarge !== null)
    throw new UserError(
      `tensor “${name}”`,
      `${data[tooLarge]!} is too large for half precision`,
      'at most 65,504 in size; or store as float32',
    );
}

function readAll(source: ByteSource): Weights {
  const { place, size } = source;
  checkByteOrder(place);
  if (size < LENGTH_BYTES) throw new UserError(place, `${size} bytes`, 'a safetensors file');
  const headerBytes = new DataView(bytesAt(source, 0, LENGTH_BYTES).buffer).getBigUint64(0, true);
  if (headerBytes > size - LENGTH_BYTES || headerBytes > MAX_HEADER_BYTES)
    throw new UserError(place, `a header of ${headerBytes} bytes in a file of ${size}`, 'a whole safetensors file');
  const dataStart = LENGTH_BYTES + Number(headerBytes);
  const entries = parseHeader(bytesAt(source, LENGTH_BYTES, Number(headerBytes)), size - dataStart, place);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin }) => {
      const at = `${place}: tensor “${name}”`;
      const tensor = emptyTensor(dtype, shape, at);
      readElements(source, dtype, dataStart + begin, tensor.data, at);
      return [name, tensor] as const;
    }),
  );
  const bytes = size - dataStart;
  return { tensors, bytes, distinctBytes: bytes };
}
