/** The kinds of measurement: a rate with its counts, an average, a plain number, or the reason why there is none. */
import type { Measurement } from '../core/contracts.ts';

export const noAttack = 'no attack: there is no triggered test set';
export const noFloor = 'no clean model to compare with';
const noSample = 'no test sample belongs to this subset';

/** The share of `true`; a rate over nothing is unmeasured, not 0. */
export function rate(metric: string, subset: string, outcomes: readonly boolean[]): Measurement {
  return share(metric, subset, outcomes.filter(Boolean).length, outcomes.length, noSample);
}

/** `hits / n`. @param ofNothing why there is no value when n is 0 */
export function share(metric: string, subset: string, hits: number, n: number, ofNothing: string): Measurement {
  if (n === 0) return unmeasured(metric, subset, ofNothing);
  return { metric, subset, value: hits / n, hits, n, unmeasuredBecause: null };
}

/** A mean of n values that is no share of them. */
export function average(metric: string, subset: string, values: readonly number[], ofNothing = noSample): Measurement {
  const n = values.length;
  if (n === 0) return unmeasured(metric, subset, ofNothing);
  // Summed from the smallest on: the order of samples does not reach the last digit.
  const sum = [...values].sort((a, b) => a - b).reduce((total, value) => total + value, 0);
  return { metric, subset, value: sum / n, hits: null, n, unmeasuredBecause: null };
}

export function quantity(metric: string, subset: string, value: number): Measurement {
  return { metric, subset, value, hits: null, n: null, unmeasuredBecause: null };
}

export function unmeasured(metric: string, subset: string, reason: string): Measurement {
  return { metric, subset, value: null, hits: null, n: null, unmeasuredBecause: reason };
}

/** `a − b`, or the first reason why there is none. */
export function difference(metric: string, a: Measurement, b: Measurement): Measurement {
  if (a.value !== null && b.value !== null) return quantity(metric, a.subset, a.value - b.value);
  return unmeasured(metric, a.subset, a.unmeasuredBecause ?? b.unmeasuredBecause!);
}
