/** How each operator that is not element-wise becomes GPU work. */
import type { Value } from '../graph.ts';
import type { OnnxNode } from '../onnx.ts';
import { floatOf, integerOf } from './attributes.ts';
import type { LoweringContext } from './lowering-context.ts';
import { gather, join, pad, permute, scatterAdd, stepsOf, tile } from './move.ts';
import { product } from './product.ts';
import { reduce, type Fold } from './reduce.ts';
import { layerNorm, softmax, topK } from './rows.ts';
import { constant } from './elementwise.ts';
import { reshaped, scalarOf, sizeOf, type Stored, type Tensor } from './tensor.ts';

type LowerNode = (lowering: LoweringContext, node: OnnxNode, outputs: readonly Value[]) => readonly Tensor[];

const shapeOf = (outputs: readonly Value[]): readonly number[] => outputs[0]!.shape;

/** The inputs of a product as [batch, rows, columns]. */
function matrices(l: LoweringContext, node: OnnxNode, outputs: readonly Value[]): Tensor[] {
  const [a, b] = [l.store(l.tensor(node.inputs[0]!)), l.store(l.tensor(node.inputs[1]!))];
  const [transA, transB] = [integerOf(node, 'transA', 0) === 1, integerOf(node, 'transB', 0) === 1];
  const [m, k] = transA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const n = transB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const shape = shapeOf(outputs);
  const batch = sizeOf(shape.slice(0, -2));
  const out = l.make(shape);
  const whole = (x: Stored): Stored => {
    const own = sizeOf(x.shape.slice(0, -2));
    return own === batch || own === 1 ? x : broadcast(l, x, [...shape.slice(0, -2), ...x.shape.slice(-2)]);
  };
  const c = node.inputs[2] === undefined ? null : l.store(l.tensor(node.inputs[2]));
  const alpha = floatOf(node, 'alpha', 1);
  const { dispatch, partial } = product({ a: whole(a), b: whole(b), transA, transB, m, n, k, batch, alpha, c, out }, (parts) =>
    l.make(parts),
  );
  l.push(dispatch);
  if (partial === null) return [out];
  const splits = partial.shape[0]!;
  l.push(...reduce(reshaped(partial, [splits, m * n]), [0], { fold: 'sum', factor: 1 }, out, l.make));
  return c === null ? [out] : [{ kind: 'lazy', op: 'Add', args: [out, c], shape, size: out.size, scalar: 'f32' }];
}

function broadcast(l: LoweringContext, x: Stored, shape: readonly number[]): Stored {
  return l.store({ kind: 'lazy', op: 'Expand', args: [x], shape, size: sizeOf(shape), scalar: x.scalar });
}

const reduction =
  (fold: Fold, isMean: boolean): LowerNode =>
  (l, node, outputs) => {
    const x = l.tensor(node.inputs[0]!);
    const axes = l.numbers(node.inputs[1]!).map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    const shape = shapeOf(outputs);
    const count = sizeOf(axes.map((axis) => x.shape[axis]!));
    if (count === 1) return [reshaped(x, shape)];
    const out = l.make(shape, x.scalar === 'bool' ? 'i32' : x.scalar);
    // Several spans are reduced one after the other: what is computed on the way in would be computed for each.
    const source = readable(l, x);
    l.push(...reduce(source, axes, { fold, factor: isMean ? 1 / count : 1 }, out, (parts) => l.make(parts, out.scalar)));
    return [out];
  };

/** A value that a kernel can take in: anything but a number known beforehand. */
const readable = (l: LoweringContext, x: Tensor): Tensor => (x.kind === 'literal' ? l.store(x) : x);

/** A range along one axis: a view where it lies together in memory, a copy elsewhere. */
function cut(l: LoweringContext, x: Tensor, axis: number, first: number, size: number): Tensor {
  const shape = x.shape.with(axis, size);
  if (x.kind === 'literal') return { ...x, shape, size: sizeOf(shape) };
  const stored = x.kind === 'stored' ? x : l.store(x);
  const inner = sizeOf(x.shape.slice(axis + 1));
  if (sizeOf(x.shape.slice(0, axis)) === 1) return { ...stored, offset: stored.offset + first * inner, shape, size: sizeOf(shape) };
  const out = l.make(shape, x.scalar);
  l.push(permute('cut', l.store(stored), out, stepsOf(x.shape), first * inner));
  return out;
}

export const lowerings: Readonly<Record<string, LowerNode>> = {
  Identity: (l, node) => [l.tensor(node.inputs[0]!)],
  Reshape: (l, node, outputs) => [reshaped(l.tensor(node.inputs[0]!), shapeOf(outputs))],
  MatMul: matrices,
  FusedMatMul: matrices,
  Gemm: matrices,
  ReduceSum: reduction('sum', false),
  ReduceMean: reduction('sum', true),
  ReduceMax: reduction('max', false),
  Softmax(l, node, outputs) {
    const x = readable(l, l.tensor(node.inputs[0]!));
    if (integerOf(node, 'axis', -1) !== x.shape.length - 1) throw new Error('soft-max on a GPU runs along the last axis');
    const out = l.make(shapeOf(outputs));
    l.push(softmax(x, out));
    return [out];
  },
  LayerNormalization(l, node, outputs) {
    const x = readable(l, l.tensor(node.inputs[0]!));
    const [scale, bias] = [l.store(l.tensor(node.inputs[1]!)), l.store(l.tensor(node.inputs[2]!))];
    const [out, mean, inverse] = [l.make(shapeOf(outputs)), l.make(outputs[1]!.shape), l.make(outputs[2]!.shape)];
    l.push(layerNorm(x, { scale, bias }, floatOf(node, 'epsilon', 1e-5), { out, mean, inverse }));
    return [out, mean, inverse];
  },
  TopK(l, node, outputs) {
    const x = l.store(l.tensor(node.inputs[0]!));
    const [values, indices] = [l.make(shapeOf(outputs)), l.make(outputs[1]!.shape, 'i32')];
    l.push(topK(x, shapeOf(outputs).at(-1)!, { values, indices }));
    return [values, indices];
  },
  Transpose(l, node, outputs) {
    const x = l.store(l.tensor(node.inputs[0]!));
    const steps = stepsOf(x.shape);
    const out = l.make(shapeOf(outputs), x.scalar);
    l.push(
      permute(
        'transpose',
        x,
        out,
        (node.attributes['perm'] as readonly number[]).map((axis) => steps[axis]!),
      ),
    );
    return [out];
  },
  Slice(l, node, outputs) {
    const x = l.tensor(node.inputs[0]!);
    // A run-time place: a window of a vector, read where it is needed.
    if (!l.isConstant(node.inputs[1]!)) {
      const start = l.tensor(node.inputs[1]!);
      // Places of many windows come as one vector; a kernel reads its own element of it.
      const [starts, at] =
        start.kind === 'stored'
          ? [{ ...start, shape: [start.storage.elements], size: start.storage.elements, offset: 0 }, start.offset]
          : [l.store(start), 0];
      return [
        {
          kind: 'windowed',
          pool: l.store(x),
          starts,
          at,
          shape: shapeOf(outputs),
          size: sizeOf(shapeOf(outputs)),
          scalar: scalarOf(outputs[0]!.type),
        },
      ];
    }
    const [starts, ends, axes] = [1, 2, 3].map((index) => l.numbers(node.inputs[index]!)) as [number[], number[], number[]];
    return [axes.reduce<Tensor>((whole, axis, index) => cut(l, whole, axis, starts[index]!, ends[index]! - starts[index]!), x)];
  },
  Split(l, node, outputs) {
    const x = l.tensor(node.inputs[0]!);
    const axis = integerOf(node, 'axis', 0);
    let first = 0;
    return outputs.map(({ shape }) => {
      const part = cut(l, x, axis, first, shape[axis]!);
      first += shape[axis]!;
      return part;
    });
  },
  Concat(l, node, outputs) {
    const shape = shapeOf(outputs);
    const axis = integerOf(node, 'axis', 0);
    const [outer, inner, all] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1)), shape[axis]!];
    const out = l.make(shape, scalarOf(outputs[0]!.type));
    const parts = node.inputs.map((name) => l.store(l.tensor(name)));
    let first = 0;
    for (const part of parts) {
      const own = part.shape[axis]!;
      const { storage } = part;
      // One that stands in two places is copied: a buffer cannot be copied to itself.
      const isOnce = parts.filter((other) => other.storage === storage).length === 1;
      const isWhole = storage.role === 'workspace' && storage.home === undefined && part.offset === 0 && storage.elements === part.size;
      // Its maker writes it into its place at once.
      if (outer === 1 && isOnce && isWhole && l.isUnread(storage) && l.isAligned(first * inner)) {
        storage.home = { storage: out.storage, offset: first * inner };
      } else if (outer === 1) l.copy(part, out, first * inner);
      else l.push(join(part, out, { outer, own, all, inner, first }));
      first += own;
    }
    return [out];
  },
  Pad(l, node, outputs) {
    const x = l.store(l.tensor(node.inputs[0]!));
    const before = l.numbers(node.inputs[1]!).slice(0, x.shape.length);
    const value = node.inputs[2] === undefined ? 0 : l.numbers(node.inputs[2])[0]!;
    const out = l.make(shapeOf(outputs), x.scalar);
    l.push(pad(x, out, before, x.scalar === 'bool' ? (value === 0 ? '0u' : '1u') : constant(value, x.scalar, 1)));
    return [out];
  },
  Tile(l, node, outputs) {
    const x = l.store(l.tensor(node.inputs[0]!));
    const out = l.make(shapeOf(outputs), x.scalar);
    l.push(tile(x, out));
    return [out];
  },
  Gather(l, node, outputs) {
    const axis = integerOf(node, 'axis', 0);
    const [table, indices] = [l.store(l.tensor(node.inputs[0]!)), l.store(l.tensor(node.inputs[1]!))];
    const out = l.make(shapeOf(outputs), table.scalar);
    const [outer, inner] = [sizeOf(table.shape.slice(0, axis)), sizeOf(table.shape.slice(axis + 1))];
    l.push(gather(table, indices, out, { outer, rows: table.shape[axis]!, inner }));
    return [out];
  },
  ScatterND(l, node, outputs) {
    const [into, indices, updates] = node.inputs.map((name) => l.tensor(name)) as [Tensor, Tensor, Tensor];
    if (into.kind !== 'literal' || into.value !== 0 || node.attributes['reduction'] !== 'add') {
      throw new Error('rows are scattered on a GPU by adding them into zeros');
    }
    const out = l.make(shapeOf(outputs));
    l.clear(out);
    l.push(...scatterAdd(l.store(indices), l.store(updates), out, l.make));
    return [out];
  },
};
