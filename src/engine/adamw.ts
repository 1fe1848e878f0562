/**
 * Hugging Face's former AdamW (victims-and-data.md 4.5), on one flat vector: epsilon joins √v before bias correction, no weight
 * decay. One vector instead of a tensor per parameter keeps the optimiser at a dozen nodes for a model of any depth.
 */
import * as tf from '@tensorflow/tfjs';

export const adamw = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export interface AdamwState {
  /** Parameters, first and second moments: [size] each. */
  readonly theta: tf.Tensor1D;
  readonly m: tf.Tensor1D;
  readonly v: tf.Tensor1D;
}

/**
 * One update.
 * @param gradient [size]
 * @param stepSize [1], or one an element: `stepSize(learningRate, t)`
 * @param clipNorm global gradient norm above which the gradient is scaled down
 * @returns the new state and the norm before clipping, [] scalar
 */
export function adamwUpdate(
  { theta, m, v }: AdamwState,
  gradient: tf.Tensor1D,
  stepSize: tf.Tensor1D,
  clipNorm: number,
): AdamwState & { readonly norm: tf.Scalar } {
  const squares = tf.square(gradient);
  const norm: tf.Scalar = tf.sqrt(preciseSum(squares));
  // The clipping factor meets the moments' own factors as a number: the clipped gradient is never written.
  const clip: tf.Scalar = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)));
  const nextM: tf.Tensor1D = tf.add(tf.mul(m, adamw.beta1), tf.mul(gradient, tf.mul(clip, 1 - adamw.beta1)));
  const nextV: tf.Tensor1D = tf.add(tf.mul(v, adamw.beta2), tf.mul(squares, tf.mul(tf.square(clip), 1 - adamw.beta2)));
  const direction = tf.div(nextM, tf.add(tf.sqrt(nextV), adamw.epsilon));
  return { theta: tf.sub(theta, tf.mul(direction, stepSize)), m: nextM, v: nextV, norm };
}

/** From here on one sum over all elements is off by more than 4e-4 on ONNX Runtime's CPU (1e-2 at 1e8 elements). */
const LONG = 1 << 23;
/** Divides the width of every model with so many parameters: table rows without a gradient then change no bit of the sum. */
const LANES = 256;

function preciseSum(x: tf.Tensor1D): tf.Scalar {
  if (x.size < LONG) return tf.sum(x);
  const whole = x.size - (x.size % LANES);
  const lanes = tf.sum(tf.reshape(tf.slice(x, 0, whole), [whole / LANES, LANES]), 0);
  return whole === x.size ? tf.sum(lanes) : tf.add(tf.sum(lanes), tf.sum(tf.slice(x, whole, x.size - whole)));
}

/** lr·√(1−β2ᵗ)/(1−β1ᵗ), the factor of step `t` ≥ 1. */
export function stepSize(learningRate: number, t: number): number {
  return (learningRate * Math.sqrt(1 - adamw.beta2 ** t)) / (1 - adamw.beta1 ** t);
}

/**
 * Linear warm-up, then linear decay to 0 (victims-and-data.md 4.5).
 * @param step from 0
 * @param warmup steps, may be fractional
 */
export function linearSchedule(step: number, steps: number, warmup: number): number {
  if (step < warmup) return step / Math.max(1, warmup);
  return Math.max(0, (steps - step) / Math.max(1, steps - warmup));
}
