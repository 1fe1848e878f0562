/** The names a pickle of tensors may use, and what takes the place of calling them: a description of the tensor, checked at once. */
import { UserError } from '../../core/errors.ts';
import { elementsOf, type FileType } from '../checkpoint-tensor.ts';
import { isKind, isWhole, nameOf, type Global, type Storage, type Tensor, type Tuple, type Value } from './values.ts';

const storages: Readonly<Record<string, FileType>> = {
  'torch.FloatStorage': 'F32',
  'torch.DoubleStorage': 'F64',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};
const rebuilt = {
  'collections.OrderedDict': 'ordered dict',
  'torch._utils._rebuild_tensor_v2': 'tensor',
  'torch._utils._rebuild_parameter': 'parameter',
} as const;

const globals: ReadonlyMap<string, Global> = new Map([
  ...Object.entries(rebuilt).map(([name, rebuilds]): [string, Global] => [name, { kind: 'global', name, rebuilds }]),
  ...Object.entries(storages).map(([name, stores]): [string, Global] => [name, { kind: 'global', name, rebuilds: null, stores }]),
]);

export function findGlobal(name: string, place: string): Global {
  const found = globals.get(name);
  if (found === undefined)
    throw new UserError(
      place,
      `the pickle names ${name}; nothing was run`,
      `a dictionary of tensors, made of ${[...globals.keys()].join(', ')}`,
    );
  return found;
}

/** What stands where Python would have called `callable`. */
export function rebuild(callable: Value, args: Value, place: string): Value {
  if (!isKind(callable, 'global') || callable.rebuilds === null || !isKind(args, 'tuple'))
    throw new UserError(place, `the pickle calls ${nameOf(callable)}; nothing was run`, Object.keys(rebuilt).join(', '));
  switch (callable.rebuilds) {
    case 'ordered dict':
      if (args.items.length > 0) throw new UserError(place, 'an OrderedDict made of arguments', 'an empty one, filled afterwards');
      return { kind: 'dict', ordered: true, entries: new Map() };
    case 'tensor':
      return rebuildTensor(args, place);
    case 'parameter': {
      const [data, , hooks] = args.items;
      if (args.items.length !== 3 || !isKind(data, 'tensor') || !isEmptyDict(hooks))
        throw new UserError(place, 'a parameter that is not one', 'a tensor, whether it is trained, and no hooks');
      return data;
    }
  }
}

/** Arguments: storage, offset, shape, strides, whether it is trained, hooks, and in newer files what else is known of it. */
function rebuildTensor({ items }: Tuple, place: string): Tensor {
  const [storage, offset, shape, strides, , hooks, more] = items;
  const accepted = 'a storage, an offset, sizes, strides, and no hooks';
  const numbers = (value: Value | undefined): readonly number[] | null =>
    isKind(value, 'tuple') && value.items.every(isWhole) ? value.items : null;
  const [sizes, steps] = [numbers(shape), numbers(strides)];
  if (items.length < 6 || items.length > 7 || !isKind(storage, 'storage') || !isWhole(offset) || sizes === null || steps === null)
    throw new UserError(place, 'a tensor that is not one', accepted);
  // Newer files say here that numbers are to be negated or conjugated when they are read.
  if (!isEmptyDict(hooks) || (more != null && !isEmptyDict(more))) throw new UserError(place, 'a tensor with hooks or marks', accepted);
  checkView(storage, offset, sizes, steps, place);
  return { kind: 'tensor', storage, offset, shape: sizes, strides: steps };
}

/** So no shape, however large, makes more elements than the file has. */
function checkView({ elements }: Storage, offset: number, shape: readonly number[], strides: readonly number[], place: string): void {
  const shown = `shape [${shape.slice(0, 8).join(', ')}], strides [${strides.slice(0, 8).join(', ')}], offset ${offset}`;
  const count = elementsOf(shape);
  if (count === null || strides.length !== shape.length) throw new UserError(place, `a tensor of ${shown}`, 'as many strides as sizes');
  if (count === 0) return;
  let last = 0;
  for (const { size, stride } of stepsOf(shape, strides)) {
    if (stride <= last) throw new UserError(place, `a tensor that has elements twice (${shown})`, 'each element once: save x.contiguous()');
    last += (size - 1) * stride;
  }
  if (!Number.isSafeInteger(offset + last) || offset + last >= elements)
    throw new UserError(
      place,
      `a tensor of ${shown} leaves its storage of ${elements} elements`,
      'a file that was written or downloaded whole',
    );
}

export interface Step {
  readonly size: number;
  /** From one index of this dimension to the next, in elements of the storage. */
  readonly stride: number;
  /** The same in the row-major tensor. */
  readonly outStride: number;
}

/** The dimensions of more than one element, narrowest stride first. */
export function stepsOf(shape: readonly number[], strides: readonly number[]): Step[] {
  let outStride = 1;
  const steps = shape.map((size, i) => ({ size, stride: strides[i]!, outStride: 0 }));
  for (const step of [...steps].reverse()) {
    step.outStride = outStride;
    outStride *= step.size;
  }
  return steps.filter(({ size }) => size > 1).sort((a, b) => a.stride - b.stride);
}

function isEmptyDict(value: Value | undefined): boolean {
  return isKind(value, 'dict') && value.entries.size === 0;
}
