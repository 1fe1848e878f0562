/**
 * One table from TensorFlow.js kernel name to the ONNX nodes that compute it. A kernel without an entry fails at trace time
 * with its name. The names under `fused` are this engine's own kernels (see ops.ts).
 */
import * as tf from '@tensorflow/tfjs';
import { rawBytes, type GraphBuilder, type Value } from './graph.ts';
import { elementType, type ElementType } from './onnx.ts';

export type Inputs = Readonly<Record<string, Value>>;
export type Attributes = Readonly<Record<string, unknown>>;
export type Emitter = (graph: GraphBuilder, inputs: Inputs, attributes: Attributes) => Value | readonly Value[];

const broadcast = (a: Value, b: Value): number[] => tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);
const need = (inputs: Inputs, name: string): Value => {
  const value = inputs[name];
  if (value === undefined) throw new Error(`kernel input “${name}” is missing; there are ${Object.keys(inputs).join(', ')}`);
  return value;
};
const positiveAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Element-wise with broadcasting; `neutral` is the operand that leaves the other unchanged. */
const binary =
  (opType: string, neutral?: { readonly value: number; readonly side: 'right' | 'either' }): Emitter =>
  (graph, inputs) => {
    const [a, b] = [need(inputs, 'a'), need(inputs, 'b')];
    const shape = broadcast(a, b);
    if (neutral !== undefined && b.uniform === neutral.value && same(a.shape, shape)) return a;
    if (neutral?.side === 'either' && a.uniform === neutral.value && same(b.shape, shape)) return b;
    return graph.node(opType, [a, b], shape, a.type);
  };

const comparison =
  (opType: string): Emitter =>
  (graph, inputs) => {
    const [a, b] = [need(inputs, 'a'), need(inputs, 'b')];
    return graph.node(opType, [a, b], broadcast(a, b), 'bool');
  };

const unary =
  (opType: string): Emitter =>
  (graph, inputs) => {
    const x = need(inputs, 'x');
    return graph.node(opType, [x], x.shape, x.type);
  };

/** @param attribute name of the attribute that lists the axes; absent or `null` means all */
const reduction =
  (opType: string, attribute = 'axis'): Emitter =>
  (graph, inputs, attributes) => {
    const x = need(inputs, 'x');
    const axes = tf.util.parseAxisParam((attributes[attribute] as number | number[] | null) ?? x.shape.map((_, i) => i), [...x.shape]);
    // An empty list means no axis to TensorFlow.js and every axis to ONNX.
    if (axes.length === 0) return x;
    const keep = attributes['keepDims'] === true;
    const shape = keep ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size)) : x.shape.filter((_, i) => !axes.includes(i));
    return graph.node(opType, [x, graph.integers(axes)], shape, x.type, { attributes: { keepdims: keep ? 1 : 0 } });
  };

const reshape = (graph: GraphBuilder, x: Value, shape: readonly number[]): Value =>
  same(x.shape, shape) ? x : { ...graph.node('Reshape', [x, graph.integers(shape)], shape, x.type), ...uniformOf(x) };

const uniformOf = (x: Value): { readonly uniform?: number } => (x.uniform === undefined ? {} : { uniform: x.uniform });

const transpose = (graph: GraphBuilder, x: Value, perm: readonly number[]): Value =>
  perm.every((from, to) => from === to)
    ? x
    : graph.node(
        'Transpose',
        [x],
        perm.map((axis) => x.shape[axis]!),
        x.type,
        { attributes: { perm } },
      );

const cast = (graph: GraphBuilder, x: Value, type: ElementType): Value =>
  x.type === type ? x : graph.node('Cast', [x], x.shape, type, { attributes: { to: elementType[type] } });

/** Parts of the given sizes along one axis, from one node. */
const split = (graph: GraphBuilder, x: Value, axis: number, sizes: readonly number[]): readonly Value[] =>
  sizes.length === 1
    ? [x]
    : graph.nodes(
        'Split',
        [x, graph.integers(sizes)],
        sizes.map((size) => ({ shape: x.shape.with(axis, size), type: x.type })),
        { attributes: { axis } },
      );

/** Element `at` of a vector, [1]. One node cuts the vector for all its elements. */
const element = (graph: GraphBuilder, x: Value, at: number): Value => split(graph, x, 0, Array<number>(x.shape[0]!).fill(1))[at]!;

const expand = (graph: GraphBuilder, x: Value, shape: readonly number[]): Value =>
  same(x.shape, shape) ? x : graph.node('Expand', [x, graph.integers(shape)], shape, x.type);

const filled = (graph: GraphBuilder, value: number, shape: readonly number[], type: ElementType): Value => {
  return { ...expand(graph, graph.scalar(value, type), shape), uniform: value };
};

/** alpha·`a`·`b` over leading batch axes that broadcast, the last two axes of each side swapped on demand. */
function matrixProduct(
  graph: GraphBuilder,
  a: Value,
  b: Value,
  { transA, transB, alpha }: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number },
): Value {
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, a.shape.at(transA ? -1 : -2)!, b.shape.at(transB ? -2 : -1)!];
  if (!transA && !transB && alpha === 1) return graph.node('MatMul', [a, b], shape, a.type);
  const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } };
  return graph.node('FusedMatMul', [a, b], shape, a.type, { domain: 'com.microsoft', attributes });
}

const slice: Emitter = (graph, inputs, attributes) => {
  const x = need(inputs, 'x');
  const shaped = { shape: [...x.shape] } as unknown as tf.Tensor;
  const [begin, size] = tf.slice_util.parseSliceParams(shaped, attributes['begin'] as number[], attributes['size'] as number[]) as [
    number[],
    number[],
  ];
  if (same(size, x.shape)) return x;
  // One axis at a time is all our programs cut: `axes` keeps the constant lists short.
  const axes = x.shape.map((_, axis) => axis).filter((axis) => size[axis] !== x.shape[axis]);
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis) => begin[axis]! + size[axis]!);
  return graph.node('Slice', [x, graph.integers(starts), graph.integers(ends), graph.integers(axes)], size, x.type);
};

const concat: Emitter = (graph, inputs, attributes) => {
  const parts = Object.values(inputs);
  const axis = positiveAxis(attributes['axis'] as number, parts[0]!.shape.length);
  if (parts.length === 1) return parts[0]!;
  const shape = parts[0]!.shape.map((size, i) => (i === axis ? parts.reduce((sum, part) => sum + part.shape[axis]!, 0) : size));
  return graph.node('Concat', parts, shape, parts[0]!.type, { attributes: { axis } });
};

export const kernels: Readonly<Record<string, Emitter>> = {
  Add: binary('Add', { value: 0, side: 'either' }),
  Sub: binary('Sub', { value: 0, side: 'right' }),
  Multiply: binary('Mul', { value: 1, side: 'either' }),
  RealDiv: binary('Div', { value: 1, side: 'right' }),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow(graph, inputs) {
    const [a, b] = [need(inputs, 'a'), need(inputs, 'b')];
    const shape = broadcast(a, b);
    // ONNX Runtime's WebGPU kernel fails where it has to broadcast [., 1] to [., 4] itself (1.30).
    return graph.node('Pow', [expand(graph, a, shape), expand(graph, b, shape)], shape, a.type);
  },
  Equal: comparison('Equal'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  SquaredDifference(graph, inputs) {
    const [a, b] = [need(inputs, 'a'), need(inputs, 'b')];
    const difference = graph.node('Sub', [a, b], broadcast(a, b), a.type);
    return graph.node('Mul', [difference, difference], difference.shape, a.type);
  },
  AddN(graph, inputs) {
    const parts = Object.values(inputs).filter(({ uniform }) => uniform !== 0);
    const first = parts[0] ?? Object.values(inputs)[0]!;
    return parts.length <= 1 ? first : graph.node('Sum', parts, first.shape, first.type);
  },
  Exp: unary('Exp'),
  Erf: unary('Erf'),
  Tanh: unary('Tanh'),
  Neg: unary('Neg'),
  Sqrt: unary('Sqrt'),
  Log: unary('Log'),
  Abs: unary('Abs'),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Sigmoid: unary('Sigmoid'),
  Identity: (_graph, inputs) => need(inputs, 'x'),
  Square(graph, inputs) {
    const x = need(inputs, 'x');
    return graph.node('Mul', [x, x], x.shape, x.type);
  },
  Rsqrt(graph, inputs) {
    const x = need(inputs, 'x');
    return graph.node('Reciprocal', [graph.node('Sqrt', [x], x.shape, x.type)], x.shape, x.type);
  },
  Cast: (graph, inputs, { dtype }) => cast(graph, need(inputs, 'x'), dtype as ElementType),
  Select(graph, inputs) {
    const [condition, t, e] = [need(inputs, 'condition'), need(inputs, 't'), need(inputs, 'e')];
    return graph.node('Where', [condition, t, e], broadcast(condition, t), t.type);
  },
  Reshape(graph, inputs, attributes) {
    const x = need(inputs, 'x');
    return reshape(graph, x, tf.util.inferFromImplicitShape(attributes['shape'] as number[], tf.util.sizeFromShape([...x.shape])));
  },
  ExpandDims(graph, inputs, attributes) {
    const x = need(inputs, 'input');
    const dim = attributes['dim'] as number;
    return reshape(graph, x, x.shape.toSpliced(dim < 0 ? dim + x.shape.length + 1 : dim, 0, 1));
  },
  Transpose: (graph, inputs, attributes) => transpose(graph, need(inputs, 'x'), attributes['perm'] as number[]),
  BatchMatMul: (graph, inputs, { transposeA, transposeB }) =>
    matrixProduct(graph, need(inputs, 'a'), need(inputs, 'b'), { transA: transposeA === true, transB: transposeB === true, alpha: 1 }),
  Sum: reduction('ReduceSum'),
  Mean: (graph, inputs, attributes) => reduction('ReduceMean')(graph, { x: cast(graph, need(inputs, 'x'), 'float32') }, attributes),
  Max: reduction('ReduceMax', 'reductionIndices'),
  Softmax(graph, inputs, { dim }) {
    const x = need(inputs, 'logits');
    return graph.node('Softmax', [x], x.shape, x.type, { attributes: { axis: positiveAxis(dim as number, x.shape.length) } });
  },
  /** Values and positions along the last axis, largest first; equal values by position, which ONNX promises too. */
  TopK(graph, inputs, { k, sorted }) {
    const x = need(inputs, 'x');
    const shape = x.shape.with(-1, k as number);
    const attributes = { axis: -1, largest: 1, sorted: sorted === false ? 0 : 1 };
    const outputs = [
      { shape, type: x.type },
      { shape, type: 'int64' as const },
    ];
    const [values, indices] = graph.nodes('TopK', [x, graph.integers([k as number])], outputs, { attributes }) as [Value, Value];
    return [values, cast(graph, indices, 'int32')];
  },
  Slice: slice,
  Concat: concat,
  SplitV(graph, inputs, attributes) {
    const x = need(inputs, 'x');
    const axis = positiveAxis(attributes['axis'] as number, x.shape.length);
    const shaped = { shape: [...x.shape] } as unknown as tf.Tensor;
    return split(graph, x, axis, tf.backend_util.prepareSplitSize(shaped, attributes['numOrSizeSplits'] as number | number[], axis));
  },
  PadV2(graph, inputs, attributes) {
    const x = need(inputs, 'x');
    const paddings = attributes['paddings'] as [number, number][];
    const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
    const pads = graph.integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
    return graph.node('Pad', [x, pads, graph.scalar(attributes['constantValue'] as number, x.type)], shape, x.type);
  },
  Pack(graph, inputs, attributes) {
    const axis = positiveAxis(attributes['axis'] as number, Object.values(inputs)[0]!.shape.length + 1);
    const parts = Object.entries(inputs).map(([name, part]) => [name, reshape(graph, part, part.shape.toSpliced(axis, 0, 1))] as const);
    return concat(graph, Object.fromEntries(parts), { axis });
  },
  Unpack(graph, inputs, attributes) {
    const value = need(inputs, 'value');
    const axis = positiveAxis(attributes['axis'] as number, value.shape.length);
    const parts = split(graph, value, axis, Array<number>(value.shape[axis]!).fill(1));
    return parts.map((part) => reshape(graph, part, value.shape.toSpliced(axis, 1)));
  },
  GatherV2(graph, inputs, attributes) {
    const [x, indices] = [need(inputs, 'x'), need(inputs, 'indices')];
    const axis = positiveAxis(attributes['axis'] as number, x.shape.length);
    if (attributes['batchDims'] !== undefined && attributes['batchDims'] !== 0) throw new Error('gather with batchDims has no translation');
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return graph.node('Gather', [x, indices], shape, x.type, { attributes: { axis } });
  },
  Tile(graph, inputs, attributes) {
    const x = need(inputs, 'x');
    const reps = attributes['reps'] as number[];
    const shape = x.shape.map((size, axis) => size * reps[axis]!);
    return graph.node('Tile', [x, graph.integers(reps)], shape, x.type);
  },
  Fill: (graph, _inputs, attributes) =>
    filled(
      graph,
      attributes['value'] as number,
      attributes['shape'] as number[],
      ((attributes['dtype'] as string | undefined) ?? 'float32') as ElementType,
    ),
  ZerosLike: (graph, inputs) => filled(graph, 0, need(inputs, 'x').shape, need(inputs, 'x').type),
  OnesLike: (graph, inputs) => filled(graph, 1, need(inputs, 'x').shape, need(inputs, 'x').type),
  /** Compared with every class: ONNX' own `OneHot` takes no int32 in ONNX Runtime, and counts negative indices from the end. */
  OneHot(graph, inputs, { depth, onValue, offValue, dtype }) {
    const indices = need(inputs, 'indices');
    const type = dtype as ElementType;
    const classes = Array.from({ length: depth as number }, (_, index) => index);
    const shape = [...indices.shape, classes.length];
    const column = reshape(graph, indices, [...indices.shape, 1]);
    const isHot = graph.node('Equal', [column, graph.constant('int32', [classes.length], rawBytes(classes, 'int32'))], shape, 'bool');
    return graph.node('Where', [isHot, graph.scalar(onValue as number, type), graph.scalar(offValue as number, type)], shape, type);
  },
};

/** This engine's own kernels: several TensorFlow.js operations in one ONNX node. */
export const fusedKernels = {
  /** alpha·`a`·`b`, the last two axes of each side swapped on demand. */
  FusedMatMul: (graph, inputs, { transA, transB, alpha }) =>
    matrixProduct(graph, need(inputs, 'a'), need(inputs, 'b'), {
      transA: transA === true,
      transB: transB === true,
      alpha: alpha as number,
    }),
  /** alpha·`a`·`b` (+ `c`), each side transposed on demand; all rank 2, `c` broadcastable to the result. */
  Gemm(graph, inputs, { transA, transB, alpha }) {
    const [a, b, c] = [need(inputs, 'a'), need(inputs, 'b'), inputs['c']];
    const shape = [transA === true ? a.shape[1]! : a.shape[0]!, transB === true ? b.shape[0]! : b.shape[1]!];
    return graph.node('Gemm', c === undefined ? [a, b] : [a, b, c], shape, a.type, {
      attributes: { transA: transA === true ? 1 : 0, transB: transB === true ? 1 : 0, alpha: { float: alpha as number } },
    });
  },
  /** Normalised `x` over the last axis, with the mean and the reciprocal deviation of each row. */
  LayerNormalization(graph, inputs, { epsilon }) {
    const [x, scale, bias] = [need(inputs, 'x'), need(inputs, 'scale'), need(inputs, 'bias')];
    const row = { shape: [...x.shape.slice(0, -1), 1], type: x.type };
    return graph.nodes('LayerNormalization', [x, scale, bias], [{ shape: x.shape, type: x.type }, row, row], {
      attributes: { axis: -1, epsilon: { float: epsilon as number } },
    });
  },
  Gelu: unary('Gelu'),
  /** `updates` [n, width] added into zeros [rows, width] at `indices` [n]; equal indices accumulate. */
  ScatterRows(graph, inputs, { rows }) {
    const [indices, updates] = [need(inputs, 'indices'), need(inputs, 'updates')];
    const shape = [rows as number, updates.shape[1]!];
    const wide = cast(graph, reshape(graph, indices, [indices.shape[0]!, 1]), 'int64');
    return graph.node('ScatterND', [filled(graph, 0, shape, 'float32'), wide, updates], shape, 'float32', {
      attributes: { reduction: 'add' },
    });
  },
  /** `size` elements of the vector `x` from the run-time index `starts[at]` up to `ends[at]`. */
  Window(graph, inputs, { size, at }) {
    const x = need(inputs, 'x');
    const [start, end] = [element(graph, need(inputs, 'starts'), at as number), element(graph, need(inputs, 'ends'), at as number)];
    return graph.node('Slice', [x, start, end], [size as number], x.type);
  },
} satisfies Record<string, Emitter>;

export type FusedKernel = keyof typeof fusedKernels;
