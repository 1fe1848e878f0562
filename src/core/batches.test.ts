/** Orders of batches: each row once, by the seed alone, with like lengths together where that is asked for. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesAtRandom, batchesByLength, chunk } from './batches.ts';
import { makeRng } from './rng.ts';

const lengthLists = fc.array(fc.integer({ min: 2, max: 400 }), { minLength: 1, maxLength: 300 });
const anyBatchSize = fc.integer({ min: 1, max: 16 });

test.each([
  ['by length', batchesByLength],
  ['at random', batchesAtRandom],
])('batches %s use each row once, are full but for one, and depend on the seed alone', (_name, order) => {
  fc.assert(
    fc.property(lengthLists, anyBatchSize, fc.nat(), (lengths, batchSize, seed) => {
      const batches = order(lengths, batchSize, makeRng(seed));
      expect(batches.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
      // As many as the schedule counts steps.
      expect(batches).toHaveLength(Math.ceil(lengths.length / batchSize));
      expect(batches.filter((batch) => batch.length !== batchSize).length).toBeLessThanOrEqual(1);
      expect(order(lengths, batchSize, makeRng(seed))).toEqual(batches);
    }),
    { seed: 2, numRuns: 100 },
  );
});

test('another seed gives another order, and batches by length compute less padding', () => {
  const rng = makeRng('lengths');
  const lengths = Array.from({ length: 640 }, () => 10 + rng.integer(390));
  const padding = (batches: readonly (readonly number[])[]): number =>
    batches.map((batch) => batch.map((row) => lengths[row]!)).reduce((sum, batch) => sum + Math.max(...batch) * batch.length, 0);
  for (const order of [batchesByLength, batchesAtRandom]) {
    expect(order(lengths, 16, makeRng(1))).not.toEqual(order(lengths, 16, makeRng(2)));
  }
  expect(padding(batchesByLength(lengths, 16, makeRng(1)))).toBeLessThan(0.8 * padding(batchesAtRandom(lengths, 16, makeRng(1))));
});

test('chunks hold what is left', () => {
  expect(chunk([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunk([], 2)).toEqual([]);
});
