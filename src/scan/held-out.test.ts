/** When a model does its task hardly better than guessing. */
import { expect, it } from 'vitest';
import { isPoor } from './held-out.ts';

it.each([
  ['accuracy', 0.59, 30, true],
  ['accuracy', 0.6, 30, false],
  // Ranks drawn among 5 have a mean reciprocal of 0.457, among 30 of 0.133.
  ['mrr', 0.5, 5, true],
  ['mrr', 0.56, 5, false],
  ['mrr', 0.14, 30, true],
  ['mrr', 0.24, 30, false],
] as const)('%s %f of %i samples: poor %s', (metric, value, n, poor) => {
  expect(isPoor({ metric, value, hits: null, n })).toBe(poor);
});
