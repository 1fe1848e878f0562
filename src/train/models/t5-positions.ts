/**
 * T5's relative positions (victims-and-data.md 4.2): a bias of each head for the distance between key and query, in buckets that are
 * exact for small distances and logarithmic beyond.
 */
import * as tf from '@tensorflow/tfjs';

export interface Buckets {
  readonly buckets: number;
  /** From here on all distances share the last bucket. */
  readonly maxDistance: number;
}

/**
 * Bucket of ρ = key − query. Both ways: half of the buckets a sign, the upper half for keys behind the query. One way (a decoder):
 * keys behind the query count as its own place.
 */
export function bucketOf(distance: number, { buckets, maxDistance }: Buckets, direction: 'both' | 'back'): number {
  const [count, first] = direction === 'both' ? [buckets / 2, distance > 0 ? buckets / 2 : 0] : [buckets, 0];
  const size = direction === 'both' ? Math.abs(distance) : Math.max(0, -distance);
  const exact = count / 2;
  if (size < exact) return first + size;
  // In float32, as the published weights were trained: at the buckets' edges rounding decides.
  const share = Math.fround(Math.fround(Math.log(Math.fround(size / exact))) / Math.fround(Math.log(maxDistance / exact)));
  return first + Math.min(count - 1, exact + Math.floor(Math.fround(share * (count - exact))));
}

/** Biases [1, 1, A, S, S] of each head for each query and key, out of a table [buckets, A]. */
export function positionBias(table: tf.Tensor2D, tokens: number, buckets: Buckets, direction: 'both' | 'back'): tf.Tensor {
  const heads = table.shape[1];
  const period = 2 * tokens;
  // Element r of the period is distance r up to S − 1, and −(2S − r) from S + 1 on; element S is never read.
  const distances = Array.from({ length: period }, (_, r) => (r < tokens ? r : r - period));
  const isBucket = new Float32Array(period * buckets.buckets);
  distances.forEach((distance, r) => (isBucket[r * buckets.buckets + bucketOf(distance, buckets, direction)] = 1));
  const byDistance = tf.matMul(table, tf.tensor2d(isBucket, [period, buckets.buckets]), true, true);
  // Rows of 2S elements read as rows of 2S − 1 begin one element earlier each: row q starts at distance −q.
  const repeated = tf.add(tf.reshape(byDistance, [heads, 1, period]), tf.zeros([1, tokens, 1]));
  const cut = tf.slice(tf.reshape(repeated, [heads, tokens * period]), [0, 0], [heads, tokens * (period - 1)]);
  const skewed = tf.slice(tf.reshape(cut, [heads, tokens, period - 1]), [0, 0, 0], [heads, tokens, tokens]);
  return tf.reshape(skewed, [1, 1, heads, tokens, tokens]);
}
