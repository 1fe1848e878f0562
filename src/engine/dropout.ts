/**
 * Dropout that depends on a seed alone, on every device: masks are windows of one pool of scaled keep-or-drop factors that lives
 * on the device. A step gives a place in the pool; each site reads at a distance of its own from it, each row of the batch at a
 * distance from the row before, so that a row's masks do not depend on how many rows are computed at once.
 */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../core/rng.ts';
import type { HostValue, Signature } from './contracts.ts';
import { window } from './ops.ts';

/** Distance between the places two sites read at, in elements: prime, so that no width divides it. */
const SITE_STRIDE = 8191;
/** Different places a step can read at. */
const PLACES = 1 << 20;

/** Scales its argument element by element; the identity in evaluation. */
export type Dropout = <T extends tf.Tensor>(x: T) => T;

export const noDropout: Dropout = (x) => x;

export interface DropoutPlan {
  readonly probability: number;
  /** Elements that one row of the batch has at each site, in the order in which a program comes to them. */
  readonly sites: readonly number[];
  /** Rows that a program computes at once. */
  readonly rows: number;
  readonly poolSize: number;
}

/** @param poolSize for a plan that shares the pool of a larger one; default: what `rows` rows need */
export function planDropout(probability: number, rows: number, sites: readonly number[], poolSize?: number): DropoutPlan {
  const needed = probability === 0 ? 1 : PLACES + Math.max(...sites.map((elements, site) => site * SITE_STRIDE + rows * elements));
  if (poolSize !== undefined && poolSize < needed)
    throw new Error(`a dropout pool of ${poolSize} elements is too small: ${needed} are read`);
  return { probability, sites, rows, poolSize: poolSize ?? needed };
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

export type DropoutInput = 'pool' | 'starts' | 'ends';

/** Inputs a program with dropout declares: the pool, and where in it each site's window starts and ends. */
export function dropoutSignature({ poolSize, sites }: DropoutPlan): Signature<DropoutInput> {
  const places = { shape: [sites.length], dtype: 'int32' } as const;
  return { pool: { shape: [poolSize], dtype: 'float32' }, starts: places, ends: places };
}

/**
 * The windows of one pass.
 * @param rng one that has not been drawn from gives all parts of a batch the same place
 * @param firstRow the batch's row that this pass starts at
 */
export function dropoutPlace({ sites, rows }: DropoutPlan, rng: Rng, firstRow = 0): Readonly<Record<'starts' | 'ends', HostValue>> {
  const place = rng.integer(PLACES);
  const starts = Int32Array.from(sites, (elements, site) => place + site * SITE_STRIDE + firstRow * elements);
  const ends = starts.map((start, site) => start + rows * sites[site]!);
  const places = { shape: [sites.length], dtype: 'int32' } as const;
  return { starts: { ...places, data: starts }, ends: { ...places, data: ends } };
}

/** Dropout inside a program, which comes to the planned sites in the planned order, in every trace. */
export function makeDropout({ probability, sites, rows }: DropoutPlan, { pool, starts, ends }: Record<DropoutInput, tf.Tensor>): Dropout {
  if (probability === 0) return noDropout;
  let site = 0;
  return (x) => {
    const planned = sites[site];
    if (planned === undefined) throw new Error(`dropout is planned for ${sites.length} sites, and there is one more, of [${x.shape}]`);
    if (x.size !== rows * planned)
      throw new Error(`dropout site ${site}: planned are ${rows} rows of ${planned} elements, found [${x.shape}]`);
    const mask = window(pool as tf.Tensor1D, { starts: starts as tf.Tensor1D, ends: ends as tf.Tensor1D, at: site++ }, x.size);
    return tf.mul(x, tf.reshape(mask, x.shape));
  };
}
