/** Values of a program while it is lowered to GPU kernels: stored in a buffer, known to be one number, or not computed yet. */
import type { ElementType } from '../onnx.ts';

/** What a lane holds. Truth values are stored as 0 or 1 in 32 bits, 64-bit integers (indices) as 32-bit ones. */
export type Scalar = 'f32' | 'i32' | 'bool';

/** A range of GPU memory of 32-bit elements. */
export interface Storage {
  readonly id: number;
  readonly elements: number;
  /**
   * `workspace`: lives within one run. `input`, `kept`: given and handed out as device tensors. `constant`: filled once.
   * `fetched`: copied back to the host.
   */
  role: 'workspace' | 'constant' | 'input' | 'kept' | 'fetched';
  /** Set when it is a part of another storage, from this element on. */
  home?: { readonly storage: Storage; readonly offset: number };
}

interface Shaped {
  readonly shape: readonly number[];
  readonly size: number;
  readonly scalar: Scalar;
}

export interface Literal extends Shaped {
  readonly kind: 'literal';
  readonly value: number;
}

/** Row-major from element `offset` of `storage`. */
export interface Stored extends Shaped {
  readonly kind: 'stored';
  readonly storage: Storage;
  readonly offset: number;
}

/** `pool` from the run-time place on that `starts` holds at `at`. */
export interface Windowed extends Shaped {
  readonly kind: 'windowed';
  readonly pool: Stored;
  readonly starts: Stored;
  readonly at: number;
}

/** An element-wise operation, computed inside the kernels that read it. Arguments broadcast to its shape, or have its size. */
export interface Lazy extends Shaped {
  readonly kind: 'lazy';
  readonly op: string;
  readonly args: readonly Tensor[];
}

export type Tensor = Literal | Stored | Windowed | Lazy;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export function scalarOf(type: ElementType): Scalar {
  if (type === 'float32') return 'f32';
  return type === 'bool' ? 'bool' : 'i32';
}

export const literal = (value: number, shape: readonly number[], scalar: Scalar): Literal => ({
  kind: 'literal',
  value,
  shape,
  size: sizeOf(shape),
  scalar,
});

/** The same elements in the same order under another shape. */
export function reshaped(tensor: Tensor, shape: readonly number[]): Tensor {
  if (tensor.kind === 'lazy') return { kind: 'lazy', op: 'Reshape', args: [tensor], shape, size: tensor.size, scalar: tensor.scalar };
  return { ...tensor, shape };
}

/** Buffers that a kernel must read to compute the value. */
export function sourcesOf(tensor: Tensor): Set<string> {
  switch (tensor.kind) {
    case 'literal':
      return new Set();
    case 'stored':
      return new Set([storedKey(tensor)]);
    case 'windowed':
      return new Set([storedKey(tensor.pool), storedKey(tensor.starts)]);
    case 'lazy':
      return new Set(tensor.args.flatMap((arg) => [...sourcesOf(arg)]));
  }
}

export const storedKey = ({ storage, offset }: Stored): string => `${storage.id}+${offset}`;

/** Operations a kernel does for one element; the dear functions count several times. */
export function costOf(tensor: Tensor): number {
  if (tensor.kind !== 'lazy') return tensor.kind === 'windowed' ? 1 : 0;
  const own = tensor.op === 'Reshape' || tensor.op === 'Cast' ? 0 : dear.has(tensor.op) ? 4 : 1;
  return tensor.args.reduce((sum, arg) => sum + costOf(arg), own);
}

const dear = new Set(['Exp', 'Erf', 'Gelu', 'Tanh', 'Log', 'Pow', 'Sigmoid', 'Div', 'Sqrt', 'Reciprocal']);
