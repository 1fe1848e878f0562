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

/** `a`·`b`, each side transposed on demand, plus `c` when given. Rank 2. */
function gemm(a: tf.Tensor2D, b: tf.Tensor2D, { transA = false, transB = false }, c?: tf.Tensor): tf.Tensor2D {
  if (isTracing()) return record('Gemm', { a, b, ...(c === undefined ? {} : { c }) }, { transA, transB })[0] as tf.Tensor2D;
  const product: tf.Tensor2D = tf.matMul(a, b, transA, transB);
  return c === undefined ? product : tf.add(product, c);
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
        return [gemm(d, w0, {}), gemm(d, x0, { transA: true }), tf.sum(d, 0)];
      },
    };
  })(x, weight, bias);
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
        return [dx, tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
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

/** x·Φ(x) with the exact normal distribution function (erf form). */
export function gelu(x: tf.Tensor2D): tf.Tensor2D {
  const distribution = (t: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.erf(tf.mul(t, Math.SQRT1_2)), 1), 0.5);
  return tf.customGrad((...args: unknown[]) => {
    const [input, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([input]);
    return {
      value: isTracing() ? record('Gelu', { x: input }, {})[0]! : tf.mul(input, distribution(input)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const x0 = saved[0]!;
        const density = tf.mul(tf.exp(tf.mul(tf.square(x0), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return [tf.mul(dy, tf.add(distribution(x0), tf.mul(x0, density)))];
      },
    };
  })(x) as tf.Tensor2D;
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

/** `size` elements of the vector `x` from the run-time index `start` [1]; `end` [1] must be `start + size`. No gradient. */
export function window(x: tf.Tensor1D, start: tf.Tensor1D, end: tf.Tensor1D, size: number): tf.Tensor1D {
  if (isTracing()) return record('Window', { x, start, end }, { size })[0] as tf.Tensor1D;
  return tf.slice(x, start.dataSync()[0]!, size);
}
