/** The fused operations, forward and gradient, against plain TensorFlow.js with its own automatic differentiation. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { describeOnDevices } from '../testing/engines.ts';
import { difference } from '../testing/matchers.ts';
import type { HostValue, ProgramSource } from './contracts.ts';
import { openEagerEngine } from './eager-engine.ts';
import { fusedKernels, type FusedKernel } from './kernels.ts';
import { attention, feedForward, geluTanh, layerNorm, linear, lookUpRows, project, relu, rmsNorm, window } from './ops.ts';

type Tensors = readonly tf.Tensor[];

interface Operation {
  /** Kernels it records, forward or backward. */
  readonly kernels: readonly FusedKernel[];
  /** What it is a function of. */
  readonly arguments: (g: fc.GeneratorValue) => readonly HostValue[];
  readonly ours: (...args: Tensors) => tf.Tensor;
  /** The same without any closed-form gradient. */
  readonly plain: (...args: Tensors) => tf.Tensor;
  /** Arguments with a gradient: the first so many. */
  readonly differentiable: number;
}

const size = (g: fc.GeneratorValue, max = 6): number => g(fc.integer, { min: 1, max });

function floats(g: fc.GeneratorValue, ...shape: number[]): HostValue {
  const rng = makeRng(g(fc.nat));
  const length = shape.reduce((product, one) => product * one, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length }, () => 6 * rng.uniform() - 3) };
}

function indices(g: fc.GeneratorValue, length: number, bound: number): HostValue {
  const rng = makeRng(g(fc.nat));
  return { shape: [length], dtype: 'int32', data: Int32Array.from({ length }, () => rng.integer(bound)) };
}

const EPSILON = 1e-5;
const asMatrix = (x: tf.Tensor | undefined): tf.Tensor2D => x as tf.Tensor2D;
const asVector = (x: tf.Tensor | undefined): tf.Tensor1D => x as tf.Tensor1D;

/** Queries, keys and values of a few heads, at times one query alone, and a bias of each key: 0, or far below every score. */
function heads(g: fc.GeneratorValue, masked: number): HostValue[] {
  const [batch, count, queries, keys, width] = [size(g, 3), size(g, 3), size(g, 5), size(g, 5), size(g)];
  const bias = floats(g, batch, 1, 1, keys);
  // The first key is always there: over none, soft-max has no meaning.
  const data = bias.data.map((value, index) => (index % keys > 0 && value > 3 - 3 * masked ? -1e30 : 0));
  return [
    floats(g, batch, count, queries, width),
    floats(g, batch, count, keys, width),
    floats(g, batch, count, keys, width),
    { ...bias, data },
  ];
}

const plainScores = (q: tf.Tensor, k: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
  tf.add(tf.div(tf.matMul(q, k, false, true), Math.sqrt(q.shape[3]!)), bias);

const operations: Readonly<Record<string, Operation>> = {
  linear: {
    kernels: ['Gemm'],
    arguments(g) {
      const [rows, inputs, outputs] = [size(g), size(g), size(g)];
      return [floats(g, rows, inputs), floats(g, outputs, inputs), floats(g, outputs)];
    },
    ours: (x, weight, bias) => linear(asMatrix(x), asMatrix(weight), asVector(bias)),
    plain: (x, weight, bias) => tf.add(tf.matMul(x, weight, false, true), bias),
    differentiable: 3,
  },
  'linear over many rows': {
    kernels: ['Gemm'],
    arguments(g) {
      const [rows, inputs, outputs] = [16 * (15 + size(g)), size(g), size(g)];
      return [floats(g, rows, inputs), floats(g, outputs, inputs), floats(g, outputs)];
    },
    ours: (x, weight, bias) => linear(asMatrix(x), asMatrix(weight), asVector(bias)),
    plain: (x, weight, bias) => tf.add(tf.matMul(x, weight, false, true), bias),
    differentiable: 3,
  },
  layerNorm: {
    kernels: ['LayerNormalization'],
    arguments(g) {
      // Over two features a norm gives ±1 and its gradient is a difference of equals.
      const [rows, width] = [size(g), 2 + size(g, 8)];
      return [floats(g, rows, width), floats(g, width), floats(g, width)];
    },
    ours: (x, scale, bias) => layerNorm(asMatrix(x), asVector(scale), asVector(bias), EPSILON),
    plain(x, scale, bias) {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), EPSILON));
      return tf.add(tf.mul(tf.div(centred, deviation), scale), bias);
    },
    differentiable: 3,
  },
  project: {
    kernels: ['Gemm'],
    arguments(g) {
      const [rows, inputs, outputs] = [size(g), size(g), size(g)];
      return [floats(g, rows, inputs), floats(g, outputs, inputs)];
    },
    ours: (x, weight) => project(asMatrix(x), asMatrix(weight)),
    plain: (x, weight) => tf.matMul(x, weight, false, true),
    differentiable: 2,
  },
  rmsNorm: {
    kernels: [],
    arguments(g) {
      // Over one feature a norm gives ±1 and its gradient is a difference of equals.
      const [rows, width] = [size(g), 1 + size(g, 8)];
      return [floats(g, rows, width), floats(g, width)];
    },
    ours: (x, scale) => rmsNorm(asMatrix(x), asVector(scale), EPSILON),
    plain: (x, scale) => tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), EPSILON))), scale),
    differentiable: 2,
  },
  relu: {
    kernels: [],
    arguments: (g) => [floats(g, size(g), size(g))],
    ours: (x) => relu(asMatrix(x)),
    plain: (x) => tf.relu(x),
    differentiable: 1,
  },
  geluTanh: {
    kernels: [],
    arguments: (g) => [floats(g, size(g), size(g))],
    ours: (x) => geluTanh(asMatrix(x)),
    plain(x) {
      const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
    },
    differentiable: 1,
  },
  feedForward: {
    kernels: ['Gemm', 'Gelu'],
    arguments(g) {
      const [rows, width, inner] = [size(g), size(g), size(g)];
      return [floats(g, rows, width), floats(g, inner, width), floats(g, inner), floats(g, width, inner), floats(g, width)];
    },
    ours: (x, up, upBias, down, downBias) =>
      feedForward(asMatrix(x), { up: asMatrix(up), upBias: asVector(upBias), down: asMatrix(down), downBias: asVector(downBias) }),
    plain(x, up, upBias, down, downBias) {
      const z = tf.add(tf.matMul(x, up, false, true), upBias);
      const wide = tf.mul(tf.mul(z, 0.5), tf.add(tf.erf(tf.div(z, Math.SQRT2)), 1));
      return tf.add(tf.matMul(wide, down, false, true), downBias);
    },
    differentiable: 5,
  },
  attention: {
    kernels: ['FusedMatMul'],
    arguments: (g) => heads(g, 1),
    ours: (q, k, v, bias) => attention({ q, k, v }, bias, (weights) => weights),
    plain: (q, k, v, bias) => tf.matMul(tf.softmax(plainScores(q, k, bias)), v),
    differentiable: 3,
  },
  'attention with places shared by a batch, unscaled': {
    kernels: ['FusedMatMul'],
    arguments(g) {
      const [q, k, v, bias] = heads(g, 0.5) as [HostValue, HostValue, HostValue, HostValue];
      const [, count, queries] = q.shape as [number, number, number];
      return [q, k, v, floats(g, 1, count, queries, k.shape[2]!), bias];
    },
    ours: (q, k, v, position, bias) => attention({ q, k, v }, bias, (weights) => weights, { scale: 1, position }),
    plain: (q, k, v, position, bias) => tf.matMul(tf.softmax(tf.add(tf.add(tf.matMul(q, k, false, true), position), bias)), v),
    differentiable: 4,
  },
  'attention with dropout': {
    kernels: ['FusedMatMul'],
    arguments(g) {
      const given = heads(g, 0.5);
      const [[batch, count, queries], keys] = [given[0]!.shape as [number, number, number], given[1]!.shape[2]!];
      const factors = floats(g, batch, count, queries, keys);
      return [...given, { ...factors, data: factors.data.map((factor) => (factor < -1 ? 0 : 1.5)) }];
    },
    ours: (q, k, v, bias, factors) => {
      const dropout = <T extends tf.Tensor>(weights: T): T => tf.mul(weights, factors);
      return attention({ q, k, v }, bias, dropout);
    },
    plain: (q, k, v, bias, factors) => tf.matMul(tf.mul(tf.softmax(plainScores(q, k, bias)), factors), v),
    differentiable: 3,
  },
  lookUpRows: {
    kernels: ['ScatterRows'],
    arguments(g) {
      // More places than rows, so that rows are read more than once.
      const rows = size(g);
      return [floats(g, rows, size(g)), indices(g, size(g, 12), rows)];
    },
    ours: (table, rows) => lookUpRows(asMatrix(table), asVector(rows)),
    plain: (table, rows) => tf.gather(table, asVector(rows)),
    differentiable: 1,
  },
  window: {
    kernels: ['Window'],
    arguments(g) {
      const [length, cut] = [8 + size(g), size(g)];
      const start = g(fc.integer, { min: 0, max: length - cut });
      // The place read is one of several.
      const places = size(g, 3);
      const at = g(fc.integer, { min: 0, max: places - 1 });
      const index = (value: number): HostValue => ({
        shape: [places],
        dtype: 'int32',
        data: new Int32Array(places).fill(value, at, at + 1),
      });
      const marked = { shape: [at + 1], dtype: 'int32', data: new Int32Array(at + 1) } as const;
      // The cut's length travels as a shape, and a one-hot column says where it begins: `plain` reads neither index on the host.
      const choice = new Float32Array(length - cut + 1).fill(0, 0).fill(1, start, start + 1);
      const one: HostValue = { shape: [1, choice.length], dtype: 'float32', data: choice };
      return [floats(g, length), index(start), index(start + cut), floats(g, cut), one, marked];
    },
    ours: (x, starts, ends, pattern, _choice, marked) =>
      window(asVector(x), { starts: asVector(starts), ends: asVector(ends), at: marked.size - 1 }, pattern.size),
    plain(x, _starts, _ends, pattern, choice) {
      const windows = Array.from({ length: choice.size }, (_, start) => tf.slice(x, [start], [pattern.size]));
      return tf.reshape(tf.matMul(asMatrix(choice), tf.stack(windows) as tf.Tensor2D), [pattern.size]);
    },
    differentiable: 0,
  },
};

/** Value; and Σ value·weights with its gradient with respect to each differentiable argument. */
function sourceOf({ differentiable }: Operation, op: Operation['ours'], args: readonly HostValue[], outputShape: readonly number[]) {
  const inputs = Object.fromEntries(args.map((value, index) => [`x${index}`, value] as const));
  const weights = { shape: outputShape, dtype: 'float32' } as const;
  const source: ProgramSource<string, never, string> = {
    name: 'operation',
    inputs: { ...inputs, weights },
    keep: [],
    fetch: ['value', ...args.slice(0, differentiable).map((_, index) => `gradient ${index}`), ...(differentiable > 0 ? ['sum'] : [])],
    body(tensors) {
      const given = args.map((_, index) => tensors[`x${index}`]!);
      const value = op(...given);
      if (differentiable === 0) return { value };
      const loss = (...changed: tf.Tensor[]): tf.Scalar =>
        tf.sum(tf.mul(op(...changed, ...given.slice(differentiable)), tensors['weights']!));
      // The value may be computed in another way where it is differentiated: `sum` shows it.
      const { value: sum, grads } = tf.valueAndGrads(loss)(given.slice(0, differentiable));
      return { value, sum, ...Object.fromEntries(grads.map((gradient, index) => [`gradient ${index}`, gradient])) };
    },
  };
  return { source, inputs };
}

test('every fused kernel has an operation', () => {
  const covered = new Set(Object.values(operations).flatMap(({ kernels }) => kernels));
  expect([...covered].toSorted()).toEqual(Object.keys(fusedKernels).toSorted());
});

describeOnDevices('operations with their own gradients', (open, device) => {
  test.each(Object.entries(operations))('%s and its gradients are those of plain TensorFlow.js', async (_name, operation) => {
    const engine = await open();
    const reference = openEagerEngine('cpu');
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      const args = operation.arguments(g);
      await tf.setBackend('cpu');
      const { shape } = operation.plain(...args.map(({ data, shape: own, dtype }) => tf.tensor(data, [...own], dtype)));
      const weights = floats(g, ...shape);
      const results = await Promise.all(
        // Traced, eager with our gradients, eager with TensorFlow.js' own.
        [
          { on: engine, op: operation.ours },
          { on: reference, op: operation.ours },
          { on: reference, op: operation.plain },
        ].map(async ({ on, op }) => {
          const { source, inputs } = sourceOf(operation, op, args, shape);
          const program = await on.compile(source);
          const { fetched } = await program.run({ ...inputs, weights });
          await program.release();
          return fetched;
        }),
      );
      const [traced, eager, expected] = results as [Fetched, Fetched, Fetched];
      const faults = Object.keys(expected).flatMap((name) =>
        [traced, eager].map((actual) => difference(actual[name]!, expected[name]!, { relative: 1e-4, absolute: 1e-4 })),
      );
      expect(faults.filter((fault) => fault !== null)).toEqual([]);
      expect(Object.keys(expected)).toHaveLength(operation.differentiable === 0 ? 1 : 2 + operation.differentiable);
    });
    await fc.assert(property, { seed: 20261123, numRuns: device === 'cpu' ? 50 : 8, endOnFailure: true });
  });
});

type Fetched = Readonly<Record<string, Float32Array>>;
