/**
 * Operations with closed-form gradients in few nodes, written once for every engine: under tracing they record this engine's
 * fused kernels, elsewhere they are compositions of TensorFlow.js operations (the reference in tests).
 *
 * Shapes: rows = batch·tokens, width = features.
 */
import * as tf from '@tensorflow/tfjs';
import type { FusedKernel } from './kernels.ts';
import { FUSED_PREFIX, TRACE_BACKEND } from './trace.ts';

const isTracing = (): boolean => tf.getBackend() === TRACE_BACKEND;

function record(kernel: FusedKernel, inputs: Record<string, tf.Tensor>, attributes: Record<string, number | boolean>): tf.Tensor[] {
  const result: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(FUSED_PREFIX + kernel, inputs, attributes);
  return Array.isArray(result) ? result : [result];
}

interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Factor of the product; costs nothing where it is computed. */
  readonly alpha?: number;
}

/** alpha·`a`·`b`, the last two axes of each side swapped on demand. */
function product<T extends tf.Tensor>(a: T, b: T, { transA = false, transB = false, alpha = 1 }: ProductOptions): T {
  if (isTracing()) return record('FusedMatMul', { a, b }, { transA, transB, alpha })[0] as T;
  return tf.mul(tf.matMul(a, b, transA, transB), alpha);
}

/** The same of matrices, plus `c` when given. */
function gemm(a: tf.Tensor2D, b: tf.Tensor2D, { transA = false, transB = false, alpha = 1 }: ProductOptions, c?: tf.Tensor): tf.Tensor2D {
  if (isTracing()) return record('Gemm', { a, b, ...(c === undefined ? {} : { c }) }, { transA, transB, alpha })[0] as tf.Tensor2D;
  const scaled = product(a, b, { transA, transB, alpha });
  return c === undefined ? scaled : tf.add(scaled, c);
}

/** Parts that columns are added up in first, and the rows from which on. */
const COLUMN_PARTS = 16;
const TALL = 256;

/**
 * Sum of the rows of `x` [rows, width] -> [width]. In parts first: ONNX Runtime's threads get in each other's way where they add
 * up whole columns (4 times slower on two threads, measured at 1.30), and sums of parts are more precise.
 */
function columnSum(x: tf.Tensor2D): tf.Tensor1D {
  const [rows, width] = x.shape;
  if (rows < TALL || rows % COLUMN_PARTS !== 0) return tf.sum(x, 0);
  return tf.sum(tf.sum(tf.reshape(x, [COLUMN_PARTS, rows / COLUMN_PARTS, width]), 1), 0);
}

/** x·wᵀ + b: `x` [rows, in], `weight` [out, in] as Hugging Face stores it, `bias` [out] -> [rows, out]. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [input, w, b, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    save([input, w]);
    return {
      value: gemm(input, w, { transB: true }, b),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x0, w0, d] = [saved[0] as tf.Tensor2D, saved[1] as tf.Tensor2D, dy as tf.Tensor2D];
        return [gemm(d, w0, {}), gemm(d, x0, { transA: true }), columnSum(d)];
      },
    };
  })(x, weight, bias);
}

/** x·wᵀ: `linear` without a bias. */
export function project(x: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [input, w, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    save([input, w]);
    return {
      value: gemm(input, w, { transB: true }),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x0, w0, d] = [saved[0] as tf.Tensor2D, saved[1] as tf.Tensor2D, dy as tf.Tensor2D];
        return [gemm(d, w0, {}), gemm(d, x0, { transA: true })];
      },
    };
  })(x, weight);
}

/** x / √(mean x² + epsilon) · scale over the last axis: no mean is taken off and nothing is added. `x` [rows, width], `scale` [width]. */
export function rmsNorm(x: tf.Tensor2D, scale: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [input, gain, save] = args as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), epsilon));
    const normal: tf.Tensor2D = tf.mul(input, inverse);
    save([normal, gain, inverse]);
    return {
      value: tf.mul(normal, gain),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [normal0, gain0, inverse0] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D];
        const d = tf.mul(dy, gain0);
        const projected = tf.mul(normal0, tf.mean(tf.mul(d, normal0), -1, true));
        return [tf.mul(inverse0, tf.sub(d, projected)), columnSum(tf.mul(dy, normal0))];
      },
    };
  })(x, scale) as tf.Tensor2D;
}

/** max(x, 0). */
export function relu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [input, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const value = tf.relu(input);
    save([value]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.mul(dy, tf.cast(tf.greater(saved[0]!, 0), 'float32'))] };
  })(x);
}

/** GELU's approximation z/2·(1 + tanh(√(2/π)·(z + 0.044715·z³))). */
export function geluTanh(z: tf.Tensor2D): tf.Tensor2D {
  const [factor, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  return tf.customGrad((...args: unknown[]) => {
    const [input, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const square = tf.square(input);
    const t = tf.tanh(tf.mul(input, tf.add(tf.mul(square, factor * cubic), factor)));
    save([input, square, t]);
    return {
      value: tf.mul(tf.mul(input, 0.5), tf.add(t, 1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [z0, square0, t0] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        // d/dz = (1 + t)/2 + z/2·(1 − t²)·(factor + 3·factor·cubic·z²)
        const inner = tf.add(tf.mul(square0, 3 * factor * cubic), factor);
        const slope = tf.mul(tf.mul(z0, tf.sub(1, tf.square(t0))), inner);
        return [tf.mul(dy, tf.mul(tf.add(tf.add(t0, 1), slope), 0.5))];
      },
    };
  })(z) as tf.Tensor2D;
}

/** Layer normalisation over the last axis: `x` [rows, width], `scale` and `bias` [width]. */
export function layerNorm(x: tf.Tensor2D, scale: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [input, gain, shift, save] = args as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const [value, mean, inverse] = normalise(input, gain, shift, epsilon);
    save([input, gain, mean, inverse]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x0, g0, mean0, inverse0] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor2D];
        const normal = tf.mul(tf.sub(x0, mean0), inverse0);
        const d = tf.mul(dy, g0);
        const projected = tf.mul(normal, tf.mean(tf.mul(d, normal), -1, true));
        const dx = tf.mul(inverse0, tf.sub(tf.sub(d, tf.mean(d, -1, true)), projected));
        return [dx, columnSum(tf.mul(dy, normal)), columnSum(dy as tf.Tensor2D)];
      },
    };
  })(x, scale, bias) as tf.Tensor2D;
}

/** The normalised rows, their means [rows, 1] and reciprocal deviations [rows, 1]. */
function normalise(x: tf.Tensor2D, scale: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): [tf.Tensor, tf.Tensor, tf.Tensor] {
  if (isTracing()) return record('LayerNormalization', { x, scale, bias }, { epsilon }) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { mean, variance } = tf.moments(x, -1, true);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  return [tf.add(tf.mul(tf.mul(tf.sub(x, mean), inverse), scale), bias), mean, inverse];
}

/** Weights of the two layers of `feedForward`, stored as those of `linear`. */
export interface FeedForwardWeights {
  /** [inner, width] and [inner]. */
  readonly up: tf.Tensor2D;
  readonly upBias: tf.Tensor1D;
  /** [width, inner] and [width]. */
  readonly down: tf.Tensor2D;
  readonly downBias: tf.Tensor1D;
}

/**
 * gelu(x·upᵀ + upBias)·downᵀ + downBias for `x` [rows, width], gelu(z) = z·Φ(z) with the exact normal distribution function.
 *
 * With s = z/√2: gelu(z) = u/√2 where u = s·(1 + erf s), and du/ds = 1 + erf s + 2/√π·s·exp(−s²). The factors 1/√2 travel in the
 * products, so that the wide tensors [rows, inner] are passed over as seldom as possible.
 */
export function feedForward(x: tf.Tensor2D, { up, upBias, down, downBias }: FeedForwardWeights): tf.Tensor2D {
  // Where nothing is differentiated, GELU in one pass is faster than in three.
  if (tf.engine().state.gradientDepth === 0) return linear(gelu(linear(x, up, upBias)), down, downBias);
  return tf.customGrad((...args: unknown[]) => {
    const [input, w1, b1, w2, b2, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const s = gemm(input, w1, { transB: true, alpha: Math.SQRT1_2 }, tf.mul(b1, Math.SQRT1_2));
    const doubled: tf.Tensor2D = tf.add(tf.erf(s), 1);
    const u: tf.Tensor2D = tf.mul(s, doubled);
    save([input, w1, w2, s, doubled, u]);
    return {
      value: gemm(u, w2, { transB: true, alpha: Math.SQRT1_2 }, b2),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x0, up0, down0, s0, doubled0, u0] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const d = dy as tf.Tensor2D;
        // exp(s²) overflows to infinity where the quotient is 0.
        const density = tf.mul(tf.div(s0, tf.exp(tf.square(s0))), 2 / Math.sqrt(Math.PI));
        // Twice the gradient of z.
        const dz: tf.Tensor2D = tf.mul(gemm(d, down0, {}), tf.add(doubled0, density));
        return [
          gemm(dz, up0, { alpha: 0.5 }),
          gemm(dz, x0, { transA: true, alpha: 0.5 }),
          tf.mul(columnSum(dz), 0.5),
          gemm(d, u0, { transA: true, alpha: Math.SQRT1_2 }),
          columnSum(d),
        ];
      },
    };
  })(x, up, upBias, down, downBias);
}

/** z·Φ(z), for passes in which nothing is differentiated: `feedForward` has the gradient. */
export function gelu(z: tf.Tensor2D): tf.Tensor2D {
  if (isTracing()) return record('Gelu', { x: z }, {})[0] as tf.Tensor2D;
  return tf.mul(tf.mul(z, 0.5), tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1));
}

/** Queries [.., Q, D]; keys and values [.., S, D]; the leading axes are the same. */
export interface Heads {
  readonly q: tf.Tensor;
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
}

export interface AttentionOptions {
  /** Factor of q·k; default 1/√D. */
  readonly scale?: number;
  /** Added to the scores, with a gradient: [1, .., Q, S], whose axes of size 1 are shared. */
  readonly position?: tf.Tensor;
}

/**
 * Soft-max attention: softmax(scale·q·kᵀ + position + bias)·v, the weights dropped out, [.., Q, D]. `bias` broadcasts to [.., Q, S] and
 * has no gradient.
 */
export function attention(
  { q, k, v }: Heads,
  bias: tf.Tensor,
  dropout: <T extends tf.Tensor>(weights: T) => T,
  { scale: alpha = 1 / Math.sqrt(q.shape.at(-1)!), position }: AttentionOptions = {},
): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [queries, keys, values, places] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    const products = product(queries, keys, { transB: true, alpha });
    const weights = tf.softmax(tf.add(places === undefined ? products : tf.add(products, places), bias));
    const kept = dropout(weights);
    const value = product(kept, values, {});
    save([queries, keys, values, weights, kept, value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [q0, k0, v0, weights0, kept0, value0] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const dKept = product(dy, v0, { transB: true });
        // Σ over keys of kept·dKept, from tensors of width D instead of S.
        const share = tf.sum(tf.mul(dy, value0), -1, true);
        const dScores = kept === weights ? tf.mul(weights0, tf.sub(dKept, share)) : tf.sub(tf.mul(kept0, dKept), tf.mul(weights0, share));
        const grads = [
          product(dScores, k0, { alpha }),
          product(dScores, q0, { transA: true, alpha }),
          product(kept0, dy, { transA: true }),
        ];
        return position === undefined ? grads : [...grads, sumTo(dScores, position.shape)];
      },
    };
  })(...[q, k, v, ...(position === undefined ? [] : [position])]);
}

/** Sums over the axes that have size 1 in `shape`, which are kept. */
function sumTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => shape[axis] === 1 && x.shape[axis] !== 1);
  return axes.length === 0 ? x : tf.sum(x, axes, true);
}

/** Rows of `table` [rows, width] at `indices` [n] -> [n, width]; the gradient is added up row by row. */
export function lookUpRows(table: tf.Tensor2D, indices: tf.Tensor1D): tf.Tensor2D {
  const rows = table.shape[0];
  return tf.customGrad((...args: unknown[]) => {
    const [w, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([indices]);
    return {
      value: tf.gather(w, indices),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [scatterRows(saved[0] as tf.Tensor1D, dy as tf.Tensor2D, rows)],
    };
  })(table);
}

function scatterRows(indices: tf.Tensor1D, updates: tf.Tensor2D, rows: number): tf.Tensor2D {
  if (isTracing()) return record('ScatterRows', { indices, updates }, { rows })[0] as tf.Tensor2D;
  return tf.scatterND(tf.reshape(indices, [indices.size, 1]), updates, [rows, updates.shape[1]]);
}

/** Run-time places in a vector: windows start at the elements of `starts` and end at those of `ends`; `at` says which. */
export interface Places {
  readonly starts: tf.Tensor1D;
  readonly ends: tf.Tensor1D;
  readonly at: number;
}

/** `size` elements of the vector `x` from `starts[at]` up to `ends[at]`, which must be `size` apart. No gradient. */
export function window(x: tf.Tensor1D, { starts, ends, at }: Places, size: number): tf.Tensor1D {
  if (isTracing()) return record('Window', { x, starts, ends }, { size, at })[0] as tf.Tensor1D;
  return tf.slice(x, starts.dataSync()[at]!, size);
}
