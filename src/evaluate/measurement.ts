/** The kinds of measurement: a rate with its counts, a plain number, or the reason why there is none. */
import type { Measurement } from '../core/contracts.ts';

export const noAttack = 'no attack: there is no triggered test set';
export const noFloor = 'no clean model to compare with';

/** The share of `true`; a rate over nothing is unmeasured, not 0. */
export function rate(metric: string, subset: string, outcomes: readonly boolean[]): Measurement {
  const n = outcomes.length;
  if (n === 0) return unmeasured(metric, subset, 'no test sample belongs to this subset');
  const hits = outcomes.filter(Boolean).length;
  return { metric, subset, value: hits / n, hits, n, unmeasuredBecause: null };
}

export function quantity(metric: string, subset: string, value: number): Measurement {
  return { metric, subset, value, hits: null, n: null, unmeasuredBecause: null };
}

export function unmeasured(metric: string, subset: string, reason: string): Measurement {
  return { metric, subset, value: null, hits: null, n: null, unmeasuredBecause: reason };
}
