/** The clean samples a defence is given, and draws from them (method.md 2). */
import type { Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';

export const poolVersion = 1;

/**
 * `floor(N·ratio/labels)` samples of each label, without replacement, sorted by label (victims-and-data.md 2.4).
 * @param ratio share of the training list, 0..1: 0.1 in the paper (P 5.1)
 */
export function drawPool(train: readonly Sample[], ratio: number, rng: Rng): Sample[] {
  const labels = labelsOf(train);
  const perLabel = Math.floor((train.length * ratio) / labels.length);
  if (perLabel === 0) {
    throw new UserError(
      'pool.ratio',
      `${ratio} of ${train.length} samples leaves none a label`,
      `at least ${labels.length / train.length}`,
    );
  }
  return labels.flatMap((label) => drawOfLabel(train, label, perLabel, rng.fork(label)));
}

/** `count` samples of one label, in random order; too few is an error. */
export function drawOfLabel(samples: readonly Sample[], label: number, count: number, rng: Rng): Sample[] {
  const candidates = samples.filter((sample) => sample.label === label);
  if (candidates.length < count) {
    throw new UserError(
      'clean samples',
      `${count} of label ${label} asked for, there are ${candidates.length}`,
      'a larger pool.ratio, or fewer samples',
    );
  }
  return rng.sample(candidates, count);
}

export function labelsOf(samples: readonly Sample[]): number[] {
  return [...new Set(samples.map(({ label }) => label))].sort((a, b) => a - b);
}
