/** The gate's limit, and what lies above it. */
import { expect, test } from 'vitest';
import { flagged, limitOf } from './gate.ts';

const upTo = (count: number): (number | null)[] => Array.from({ length: count }, (_, index) => index);

test('the limit is the 95th percentile of the scores there are; only what exceeds it is flagged', () => {
  const scores = [null, ...upTo(101), null];
  const limit = limitOf({ scores });
  expect(limit).toEqual({ limit: 95, samples: 101 });
  expect(flagged({ scores: [95, null, 95.01, -3] }, limit)).toEqual([false, false, true, false]);
  expect(flagged({ scores }, limit).filter(Boolean)).toHaveLength(5);
});

test('without a score there is no limit', () => {
  expect(() => limitOf({ scores: [null] })).toThrow(/purification\.gate: “language-model”, and no validation sample has a score/);
});
