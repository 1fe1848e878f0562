/** Tensors out of the storages that they are views of, in whatever order their elements lie there. */
import { UserError } from '../../core/errors.ts';
import { PIECE_BYTES, type ByteSource } from '../checkpoint-source.ts';
import { ELEMENT_BYTES, elementsOf, emptyTensor, readElements, type StoredTensor, type Weights } from '../checkpoint-tensor.ts';
import { stepsOf, type Step } from './globals.ts';
import { isKind, nameOf, type Storage, type Tensor, type Value } from './values.ts';

/** How often the views of a file may read it in all. Parts of one storage read it once; tied weights are one view. */
const MAX_READINGS = 4;

/**
 * The dictionary's tensors in its order; those that are one view (tied weights) share one array.
 * @param begins where each storage's bytes begin; it has been checked that they are all there
 */
export function readViews(source: ByteSource, value: Value, begins: ReadonlyMap<Storage, number>): Weights {
  const { place } = source;
  const views = namedTensors(value, place);
  const sizes = new Map([...views.values()].map((view) => [keyOf(view), bytesOf(view)]));
  const distinctBytes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (distinctBytes > MAX_READINGS * source.size)
    throw new UserError(
      place,
      `tensors of ${distinctBytes} bytes, views of a file of ${source.size}`,
      `at most ${MAX_READINGS} times the file`,
    );
  const read = new Map<string, StoredTensor>();
  const tensors = new Map<string, StoredTensor>();
  for (const [name, view] of views) {
    const key = keyOf(view);
    const tensor = read.get(key) ?? readView(source, view, begins.get(view.storage)!, `${place}: tensor “${name}”`);
    read.set(key, tensor);
    tensors.set(name, tensor);
  }
  return { tensors, distinctBytes, bytes: [...views.values()].reduce((sum, view) => sum + bytesOf(view), 0) };
}

function namedTensors(value: Value, place: string): Map<string, Tensor> {
  if (!isKind(value, 'dict')) throw new UserError(place, `holds ${nameOf(value)}`, 'a dictionary of tensors, as model.state_dict() is');
  const views = new Map<string, Tensor>();
  for (const [name, view] of value.entries) {
    if (typeof name !== 'string' || !isKind(view, 'tensor'))
      throw new UserError(place, `${nameOf(name)} is ${nameOf(view)}`, 'a dictionary of tensors, as model.state_dict() is');
    views.set(name, view);
  }
  return views;
}

function keyOf({ storage, offset, shape, strides }: Tensor): string {
  return JSON.stringify([storage.key, offset, shape, strides]);
}

function bytesOf({ storage, shape }: Tensor): number {
  return elementsOf(shape)! * ELEMENT_BYTES[storage.type];
}

function readView(source: ByteSource, view: Tensor, begin: number, place: string): StoredTensor {
  const { storage, offset, shape, strides } = view;
  const tensor = emptyTensor(storage.type, shape, place);
  if (tensor.data.length === 0) return tensor;
  const steps = stepsOf(shape, strides);
  const at = (element: number): number => begin + element * ELEMENT_BYTES[storage.type];
  if (steps.every(({ stride, outStride }) => stride === outStride)) {
    readElements(source, storage.type, at(offset), tensor.data, place);
    return tensor;
  }
  const { data: piece } = emptyTensor(storage.type, [PIECE_ELEMENTS], place);
  const read = (element: number, count: number): StoredTensor['data'] => {
    const part = piece.subarray(0, count);
    readElements(source, storage.type, at(element), part, place);
    return part;
  };
  gather(steps.reverse(), offset, { out: tensor.data, read });
  return tensor;
}

/** Elements of a storage that are in memory at a time. */
const PIECE_ELEMENTS = PIECE_BYTES / 8;

interface Gathering {
  readonly out: StoredTensor['data'];
  /** These elements of the storage, until the next call. */
  readonly read: (element: number, count: number) => StoredTensor['data'];
}

/**
 * Walks the storage from its beginning to its end, so that no byte is read twice, and puts each element where it belongs.
 * @param steps widest stride first: no element of one index lies among those of the next
 */
function gather(steps: readonly Step[], element: number, { out, read }: Gathering, outAt = 0): void {
  const [{ size, stride, outStride }, ...inner] = steps as [Step, ...Step[]];
  const span = inner.reduce((sum, step) => sum + (step.size - 1) * step.stride, 1);
  if (span > PIECE_ELEMENTS) {
    for (let i = 0; i < size; i++) gather(inner, element + i * stride, { out, read }, outAt + i * outStride);
    return;
  }
  const most = Math.floor((PIECE_ELEMENTS - span) / stride) + 1;
  for (let first = 0; first < size; first += most) {
    const count = Math.min(most, size - first);
    const piece = read(element + first * stride, (count - 1) * stride + span);
    scatter([{ size: count, stride, outStride }, ...inner], piece, 0, out, outAt + first * outStride);
  }
}

function scatter(steps: readonly Step[], piece: StoredTensor['data'], at: number, out: StoredTensor['data'], outAt: number): void {
  const [{ size, stride, outStride }, ...inner] = steps as [Step, ...Step[]];
  if (inner.length > 0) {
    for (let i = 0; i < size; i++) scatter(inner, piece, at + i * stride, out, outAt + i * outStride);
    return;
  }
  // Both arrays are of one type.
  const [from, to] = [piece as Float32Array, out as Float32Array];
  for (let i = 0; i < size; i++) to[outAt + i * outStride] = from[at + i * stride]!;
}
