/**
 * For every kernel of the engine's table: a program of random shapes and values that uses it. What it computes is compared with
 * TensorFlow.js' own `cpu` backend.
 */
import * as tf from '@tensorflow/tfjs';
import fc, { type GeneratorValue } from 'fast-check';
import { makeRng } from '../core/rng.ts';
import type { HostValue } from '../engine/index.ts';

export interface KernelCase {
  readonly inputs: Readonly<Record<string, HostValue>>;
  readonly body: (inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor | readonly tf.Tensor[];
}

/** Draws shapes, options and values through fast-check's generator. */
export type MakeCase = (g: GeneratorValue) => KernelCase;

const integer = (g: GeneratorValue, min: number, max: number): number => g(fc.integer, { min, max });
const choose = <T>(g: GeneratorValue, ...options: readonly T[]): T => options[integer(g, 0, options.length - 1)]!;
const shapeOf = (g: GeneratorValue, minRank = 0, maxRank = 4): number[] =>
  g(fc.array, fc.integer({ min: 1, max: 4 }), { minLength: minRank, maxLength: maxRank });
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Uniform in [low, high). */
function floats(g: GeneratorValue, shape: readonly number[], low = -3, high = 3): HostValue {
  const rng = makeRng(g(fc.nat));
  return { shape, dtype: 'float32', data: Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * rng.uniform()) };
}

/** 0 to bound − 1. */
function integers(g: GeneratorValue, shape: readonly number[], bound = 5): HostValue {
  const rng = makeRng(g(fc.nat));
  return { shape, dtype: 'int32', data: Int32Array.from({ length: sizeOf(shape) }, () => rng.integer(bound)) };
}

/** Small whole numbers, positive and negative, so that ties and zeros happen. */
const whole = (g: GeneratorValue, shape: readonly number[]): HostValue => {
  const { data } = integers(g, shape);
  return { shape, dtype: 'float32', data: Float32Array.from(data, (number) => number - 2) };
};

/** A shape that broadcasts to `shape`: leading axes dropped, axes of size 1. */
function narrower(g: GeneratorValue, shape: readonly number[]): number[] {
  const dropped = integer(g, 0, shape.length);
  return shape.slice(dropped).map((size) => (g(fc.boolean) ? size : 1));
}

function pair(g: GeneratorValue): { readonly a: number[]; readonly b: number[] } {
  const full = shapeOf(g);
  const [a, b] = g(fc.boolean) ? [full, narrower(g, full)] : [narrower(g, full), full];
  return { a, b };
}

type Draw = (g: GeneratorValue, shape: readonly number[]) => HostValue;
const near: Draw = (g, shape) => floats(g, shape);
const positive: Draw = (g, shape) => floats(g, shape, 0.2, 4);
const awayFromZero: Draw = (g, shape) => {
  const { data, ...rest } = floats(g, shape, 0.2, 4);
  const negative = g(fc.boolean);
  return { ...rest, data: Float32Array.from(data, (number) => (negative ? -number : number)) };
};

/** Broadcast both ways; at times one side is a constant that the emitter may leave out. */
const binary =
  (
    op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
    { left = near, right = near, neutral }: { left?: Draw; right?: Draw; neutral?: number } = {},
  ): MakeCase =>
  (g) => {
    const shapes = pair(g);
    const inputs = { a: left(g, shapes.a), b: right(g, shapes.b) };
    const constant = neutral === undefined ? 'none' : choose(g, 'none', 'left', 'right');
    return {
      inputs,
      body: ({ a, b }) =>
        op(constant === 'left' ? tf.fill(shapes.a, neutral!) : a!, constant === 'right' ? tf.fill(shapes.b, neutral!) : b!),
    };
  };

const ofIntegers =
  (op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, otherwise: MakeCase): MakeCase =>
  (g) => {
    if (g(fc.boolean)) return otherwise(g);
    const shapes = pair(g);
    return { inputs: { a: integers(g, shapes.a), b: integers(g, shapes.b) }, body: ({ a, b }) => op(a!, b!) };
  };

const comparison = (op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): MakeCase => ofIntegers(op, binary(op, { left: whole, right: whole }));

const unary =
  (op: (x: tf.Tensor) => tf.Tensor, draw: Draw = near): MakeCase =>
  (g) => ({ inputs: { x: draw(g, shapeOf(g)) }, body: ({ x }) => op(x!) });

/** One tensor of at least `minRank` axes, and what a function of its shape draws for it. */
const shaped =
  (draw: (g: GeneratorValue, shape: readonly number[]) => (x: tf.Tensor) => tf.Tensor | readonly tf.Tensor[], minRank = 0): MakeCase =>
  (g) => {
    const shape = shapeOf(g, minRank);
    const op = draw(g, shape);
    return { inputs: { x: g(fc.boolean) ? floats(g, shape) : integers(g, shape) }, body: ({ x }) => op(x!) };
  };

/** Counted from the front or from the back. */
const axisOf = (g: GeneratorValue, rank: number): number => integer(g, -rank, rank - 1);

const reduction = (op: (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor): MakeCase =>
  shaped((g, shape) => {
    const axes = shape.map((_, axis) => axis).filter(() => g(fc.boolean));
    const axis = choose(g, 'all', 'list', 'one');
    const keepDims = g(fc.boolean);
    if (axis === 'list') return (x) => op(x, axes, keepDims);
    const one = shape.length === 0 || axis === 'all' ? undefined : axisOf(g, shape.length);
    return (x) => op(x, one, keepDims);
  });

const matMul: MakeCase = (g) => {
  const [rows, inner, columns] = [integer(g, 1, 5), integer(g, 1, 5), integer(g, 1, 5)];
  const [transposeA, transposeB] = [g(fc.boolean), g(fc.boolean)];
  // Equal batches, or one matrix for all: where some batch axes alone broadcast, the cpu backend multiplies the wrong matrices (4.22).
  const batch = shapeOf(g, 0, 2);
  const batchB = g(fc.boolean) ? batch : batch.map(() => 1);
  return {
    inputs: {
      a: floats(g, [...batch, ...(transposeA ? [inner, rows] : [rows, inner])]),
      b: floats(g, [...batchB, ...(transposeB ? [columns, inner] : [inner, columns])]),
    },
    body: ({ a, b }) => tf.matMul(a!, b!, transposeA, transposeB),
  };
};

const alike =
  (op: (parts: tf.Tensor[], axis: number) => tf.Tensor, { minRank, extra }: { minRank: number; extra: number }): MakeCase =>
  (g) => {
    const shape = shapeOf(g, minRank, 3);
    const axis = axisOf(g, shape.length + extra);
    const count = integer(g, 2, 4);
    const inputs = Array.from({ length: count }, (_, i) => [`x${i}`, floats(g, shape)] as const);
    return { inputs: Object.fromEntries(inputs), body: (parts) => op(Object.values(parts), axis) };
  };

const concat: MakeCase = (g) => {
  const shape = shapeOf(g, 1);
  const axis = axisOf(g, shape.length);
  const inputs = Array.from({ length: integer(g, 2, 4) }, (_, i) => [`x${i}`, floats(g, shape.with(axis, integer(g, 1, 4)))] as const);
  return { inputs: Object.fromEntries(inputs), body: (parts) => tf.concat(Object.values(parts), axis) };
};

const gather: MakeCase = (g) => {
  const shape = shapeOf(g, 1, 3);
  const axis = axisOf(g, shape.length);
  return {
    inputs: { x: floats(g, shape), indices: integers(g, shapeOf(g, 1, 2), shape.at(axis)) },
    body: ({ x, indices }) => tf.gather(x!, indices as tf.Tensor1D, axis),
  };
};

const select: MakeCase = (g) => {
  const shape = shapeOf(g);
  return {
    inputs: { choice: whole(g, narrower(g, shape)), a: floats(g, shape), b: floats(g, narrower(g, shape)) },
    body: ({ choice, a, b }) => tf.where(tf.greater(choice!, 0), a!, b!),
  };
};

/** Of float, integer and truth values. */
const like = (op: (x: tf.Tensor) => tf.Tensor): MakeCase =>
  shaped((g) => (g(fc.boolean) ? op : (x) => tf.cast(op(tf.greater(x, 1)), 'float32')));

export const kernelCases: Readonly<Record<string, MakeCase>> = {
  Add: ofIntegers(tf.add, binary(tf.add, { neutral: 0 })),
  Sub: ofIntegers(tf.sub, binary(tf.sub, { neutral: 0 })),
  Multiply: ofIntegers(tf.mul, binary(tf.mul, { neutral: 1 })),
  RealDiv: binary(tf.div, { right: awayFromZero, neutral: 1 }),
  Maximum: ofIntegers(tf.maximum, binary(tf.maximum)),
  Minimum: ofIntegers(tf.minimum, binary(tf.minimum)),
  Pow: binary(tf.pow, { left: positive }),
  SquaredDifference: binary(tf.squaredDifference),
  Equal: comparison(tf.equal),
  Greater: comparison(tf.greater),
  GreaterEqual: comparison(tf.greaterEqual),
  Less: comparison(tf.less),
  AddN: (g) => {
    const shape = shapeOf(g);
    const zeros = choose(g, 0, 1, 2);
    return {
      inputs: { a: floats(g, shape), b: floats(g, shape), c: floats(g, shape) },
      body: ({ a, b, c }) => tf.addN([a!, zeros > 0 ? tf.fill(shape, 0) : b!, zeros > 1 ? tf.fill(shape, 0) : c!]),
    };
  },
  Exp: unary(tf.exp),
  Erf: unary(tf.erf),
  Tanh: unary(tf.tanh),
  Neg: unary(tf.neg),
  Sqrt: unary(tf.sqrt, positive),
  Rsqrt: unary(tf.rsqrt, positive),
  Log: unary(tf.log, positive),
  Abs: unary(tf.abs),
  Reciprocal: unary(tf.reciprocal, awayFromZero),
  Relu: unary(tf.relu),
  Sigmoid: unary(tf.sigmoid),
  Square: unary(tf.square),
  Identity: unary(tf.clone),
  Cast: shaped((g) => {
    const [first, second] = [
      choose<'float32' | 'int32' | 'bool'>(g, 'float32', 'int32', 'bool'),
      choose<'float32' | 'int32'>(g, 'float32', 'int32'),
    ] as const;
    return (x) => tf.cast(tf.cast(x, first), second);
  }),
  Select: select,
  Reshape: shaped((g, shape) => {
    const order = makeRng(g(fc.nat)).shuffle([...shape]);
    const implicit = g(fc.boolean) && order.length > 0 ? order.with(integer(g, 0, order.length - 1), -1) : order;
    return (x) => tf.reshape(x, implicit);
  }),
  ExpandDims: shaped((g, shape) => {
    const axis = axisOf(g, shape.length + 1);
    return (x) => tf.expandDims(x, axis);
  }),
  Transpose: shaped((g, shape) => {
    const perm = makeRng(g(fc.nat)).shuffle(shape.map((_, axis) => axis));
    return (x) => tf.transpose(x, perm);
  }, 2),
  BatchMatMul: matMul,
  Sum: reduction(tf.sum),
  Mean: reduction(tf.mean),
  Max: reduction(tf.max),
  Softmax: (g) => ({ inputs: { x: floats(g, shapeOf(g, 1)) }, body: ({ x }) => tf.softmax(x!) }),
  TopK: (g) => {
    const shape = shapeOf(g, 1, 3);
    const k = integer(g, 1, shape.at(-1)!);
    // Few different numbers: ties.
    return {
      inputs: { x: g(fc.boolean) ? whole(g, shape) : floats(g, shape) },
      body: ({ x }) => {
        const { values, indices } = tf.topk(x!, k, true);
        return [values, indices];
      },
    };
  },
  Slice: shaped((g, shape) => {
    const begin = shape.map((size) => integer(g, 0, size - 1));
    const size = shape.map((full, axis) => (g(fc.boolean) ? -1 : integer(g, 1, full - begin[axis]!)));
    return (x) => tf.slice(x, begin, size);
  }, 1),
  Concat: concat,
  SplitV: shaped((g, shape) => {
    const axis = axisOf(g, shape.length);
    const full = shape.at(axis)!;
    const first = integer(g, 1, full);
    const sizes = first === full ? [full] : [first, full - first];
    const parts = g(fc.boolean) ? sizes : full;
    return (x) => tf.split(x, parts, axis);
  }, 1),
  PadV2: shaped((g, shape) => {
    const paddings = shape.map((): [number, number] => [integer(g, 0, 2), integer(g, 0, 2)]);
    const value = integer(g, -2, 2);
    return (x) => tf.pad(x, paddings, value);
  }, 1),
  Pack: alike(tf.stack, { minRank: 0, extra: 1 }),
  Unpack: shaped((g, shape) => {
    const axis = axisOf(g, shape.length);
    return (x) => tf.unstack(x, axis);
  }, 1),
  GatherV2: gather,
  Tile: shaped((g, shape) => {
    const repeats = shape.map(() => integer(g, 1, 3));
    return (x) => tf.tile(x, repeats);
  }, 1),
  Fill: (g) => {
    const [shape, dtype] = [shapeOf(g), choose<'float32' | 'int32'>(g, 'float32', 'int32')] as const;
    const value = integer(g, -2, 2);
    return { inputs: { x: floats(g, [1]) }, body: ({ x }) => [tf.fill(shape, value, dtype), x!.add(1)] };
  },
  ZerosLike: like(tf.zerosLike),
  OnesLike: like(tf.onesLike),
  OneHot: (g) => {
    const depth = integer(g, 2, 5);
    const [on, off] = [integer(g, 1, 3), integer(g, -2, 0)];
    const dtype = choose<'float32' | 'int32'>(g, 'float32', 'int32');
    return {
      inputs: { indices: integers(g, shapeOf(g, 1, 2), depth) },
      body: ({ indices }) => tf.oneHot(indices as tf.Tensor1D, depth, on, off, dtype),
    };
  },
};
