/**
 * Dropout that depends on a seed alone, on every device: masks are windows of one pool of scaled keep-or-drop factors that lives
 * on the device. A step gives the window's place; each site within the step reads the window at a distance of its own.
 */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../core/rng.ts';
import type { HostValue, Signature } from './contracts.ts';
import { window } from './ops.ts';

/** Distance between the places two sites read at, in elements: prime, so that no width divides it. */
const SITE_STRIDE = 8191;
/** Different windows a pool offers. */
const PLACES = 1 << 20;

/** Scales its argument element by element; the identity in evaluation. */
export type Dropout = <T extends tf.Tensor>(x: T) => T;

export const noDropout: Dropout = (x) => x;

export interface DropoutPlan {
  readonly probability: number;
  /** Elements one step's window holds. */
  readonly windowSize: number;
  readonly poolSize: number;
}

/** @param largest elements of the largest tensor dropout is applied to; @param sites how many tensors it is applied to */
export function planDropout(probability: number, largest: number, sites: number): DropoutPlan {
  const windowSize = largest + sites * SITE_STRIDE;
  return { probability, windowSize, poolSize: windowSize + PLACES };
}

/** Factors 0 or 1/(1−p). xorshift32, seeded: tens of millions of draws in a fraction of a second. */
export function dropoutPool({ probability, poolSize }: DropoutPlan, rng: Rng): HostValue {
  const data = new Float32Array(poolSize);
  const scale = 1 / (1 - probability);
  const threshold = probability * 4294967296;
  let state = rng.seed32() | 1;
  for (let i = 0; i < poolSize; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = state >>> 0 < threshold ? 0 : scale;
  }
  return { shape: [poolSize], dtype: 'float32', data };
}

/** Inputs a program with dropout declares. */
export function dropoutSignature({ poolSize }: DropoutPlan): Signature<'pool' | 'windowStart' | 'windowEnd'> {
  const index = { shape: [1], dtype: 'int32' } as const;
  return { pool: { shape: [poolSize], dtype: 'float32' }, windowStart: index, windowEnd: index };
}

/** The window's place for one step. */
export function dropoutPlace({ windowSize }: DropoutPlan, rng: Rng): { readonly windowStart: HostValue; readonly windowEnd: HostValue } {
  const start = rng.integer(PLACES);
  const index = (value: number): HostValue => ({ shape: [1], dtype: 'int32', data: Int32Array.of(value) });
  return { windowStart: index(start), windowEnd: index(start + windowSize) };
}

/** Dropout inside a program. Call it in the same order in every trace. */
export function makeDropout(plan: DropoutPlan, inputs: { pool: tf.Tensor; windowStart: tf.Tensor; windowEnd: tf.Tensor }): Dropout {
  if (plan.probability === 0) return noDropout;
  const factors = window(inputs.pool as tf.Tensor1D, inputs.windowStart as tf.Tensor1D, inputs.windowEnd as tf.Tensor1D, plan.windowSize);
  let site = 0;
  return (x) => {
    const mask = tf.slice(factors, site++ * SITE_STRIDE, x.size);
    return tf.mul(x, tf.reshape(mask, x.shape));
  };
}
