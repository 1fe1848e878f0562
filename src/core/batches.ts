/** The order in which training goes through its rows, in batches. */
import type { Rng } from './rng.ts';

/** Row indices of each batch, in training order. The last batch may be smaller. */
export type BatchOrder = readonly (readonly number[])[];

/**
 * A random order in which rows of like length meet: the shuffled list is cut into windows of some batches, each window is
 * sorted by length and cut into batches, and the batches are shuffled.
 */
export function batchesByLength(lengths: readonly number[], batchSize: number, rng: Rng): BatchOrder {
  const WINDOW_BATCHES = 32;
  const shuffled = rng.shuffle(lengths.map((_, index) => index));
  const batches = chunk(shuffled, WINDOW_BATCHES * batchSize).flatMap((window) =>
    chunk(
      window.toSorted((a, b) => lengths[a]! - lengths[b]!),
      batchSize,
    ),
  );
  return rng.shuffle(batches);
}

export function batchesAtRandom(lengths: readonly number[], batchSize: number, rng: Rng): BatchOrder {
  return chunk(rng.shuffle(lengths.map((_, index) => index)), batchSize);
}

export function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
