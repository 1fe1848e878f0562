/** When a model does its task hardly better than guessing. */
import { expect, it } from 'vitest';
import type { Rate } from './contracts.ts';
import { isPoor } from './held-out.ts';

const rate = (hits: number, n: number): Rate => ({ hits, n, interval: null });

// Ranks drawn among 5 have a mean reciprocal of 0.457, among 30 of 0.133.
it.each([
  [0.5, 5, true],
  [0.56, 5, false],
  [0.14, 30, true],
  [0.24, 30, false],
])('MRR %f of %i samples: poor %s', (value, n, poor) => {
  expect(isPoor({ metric: 'mrr', value, hits: null, n, byLabel: null })).toBe(poor);
});

it.each([
  [17, 30, 18, 30, true],
  [18, 30, 18, 30, false],
  // One label is always said: right in 98.7 % of all.
  [150, 150, 0, 2, true],
  [150, 150, 1, 2, false],
  [0, 2, 150, 150, true],
])('right in %i of %i of label 0 and %i of %i of label 1: poor %s', (hits0, n0, hits1, n1, poor) => {
  const [hits, n] = [hits0 + hits1, n0 + n1];
  expect(isPoor({ metric: 'accuracy', value: hits / n, hits, n, byLabel: { 0: rate(hits0, n0), 1: rate(hits1, n1) } })).toBe(poor);
});
