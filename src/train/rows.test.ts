/** Rows and batches: the cut, the bucket lengths, the sizes, padding that masks itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchSizes, bucketLength, makeBatch, makeRow, rowLengths, vector } from './rows.ts';
import { clone } from './tasks/clone.ts';
import { defect } from './tasks/defect.ts';
import { search } from './tasks/search.ts';

const special = { cls: 0, sep: 2 };

test('a row is cls, the first L−2 sub-tokens, sep (victims-and-data.md 3)', () => {
  expect(makeRow([7, 8, 9], special, 10)).toEqual([0, 7, 8, 9, 2]);
  expect(makeRow([7, 8, 9], special, 5)).toEqual([0, 7, 8, 9, 2]);
  expect(makeRow([7, 8, 9], special, 4)).toEqual([0, 7, 8, 2]);
  expect(makeRow([], special, 4)).toEqual([0, 2]);
});

test('a bucket holds its rows, stays within L, grows with the length, and there are few', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 600 }), (maxTokens) => {
      const buckets = Array.from({ length: maxTokens }, (_, index) => bucketLength(index + 1, maxTokens));
      buckets.forEach((bucket, index) => {
        expect(bucket).toBeGreaterThanOrEqual(index + 1);
        expect(bucket).toBeLessThanOrEqual(maxTokens);
        if (index > 0) expect(bucket).toBeGreaterThanOrEqual(buckets[index - 1]!);
        // A row in its own bucket stays there.
        expect(bucketLength(bucket, maxTokens)).toBe(bucket);
      });
      expect(new Set(buckets).size).toBeLessThanOrEqual(8 + Math.ceil((600 - 128) / 32));
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('batches hold all rows, few sizes a length, and little that is not asked for', () => {
  const cases = fc.record({
    count: fc.integer({ min: 0, max: 3000 }),
    tokens: fc.integer({ min: 2, max: 512 }),
    batchTokens: fc.constantFrom(4096, 8192, 32768),
  });
  fc.assert(
    fc.property(cases, ({ count, tokens, batchTokens }) => {
      const sizes = batchSizes(count, tokens, batchTokens);
      const held = sizes.reduce((sum, size) => sum + size, 0);
      expect(held).toBeGreaterThanOrEqual(count);
      // The last batch is the only one that may be less than three quarters full.
      expect(held - (sizes.at(-1) ?? 0)).toBeLessThanOrEqual(count);
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      for (const size of sizes) expect(size * tokens).toBeLessThanOrEqual(batchTokens);
      expect(new Set(sizes).size).toBeLessThanOrEqual(4);
      // At most a quarter of a batch of any size, or a batch of the smallest.
      expect((held - count) * tokens).toBeLessThanOrEqual(Math.max(batchTokens / 4, 4096 + 4 * tokens));
    }),
    { seed: 3, numRuns: 300 },
  );
  expect(batchSizes(64, 400, 4096)).toEqual([10, 10, 10, 10, 10, 10, 3, 3]);
  expect(batchSizes(5, 600, 512)).toEqual([1, 1, 1, 1, 1]);
});

const anyEnd = { words: { pad: 1 }, rowEnd: null };

test('a batch is padded to its shape; its mask is 1 at the rows; missing rows repeat the first', () => {
  const { ids0, mask0 } = makeBatch([[[5, 6]], [[7, 8, 9]]], defect, { batch: 3, tokens: [4] }, anyEnd);
  expect(ids0).toEqual({ shape: [3, 4], dtype: 'int32', data: Int32Array.of(5, 6, 1, 1, 7, 8, 9, 1, 5, 6, 1, 1) });
  expect(mask0).toEqual({ shape: [3, 4], dtype: 'float32', data: Float32Array.of(1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0) });
  expect(() => makeBatch([[[1, 2, 3]]], defect, { batch: 1, tokens: [2] }, anyEnd)).toThrow(/3 sub-tokens does not fit 2/);
  expect(() => makeBatch([], defect, { batch: 1, tokens: [2] }, anyEnd)).toThrow(/needs a sample/);
});

test('a pair’s rows lie side by side in one stream; a function and its query in two, each as long as it needs', () => {
  const sample = [
    [5, 6, 7],
    [8, 9],
  ];
  const pairs = makeBatch([sample, sample.toReversed()], clone, { batch: 2, tokens: [3] }, anyEnd);
  expect(pairs.ids0).toEqual({ shape: [4, 3], dtype: 'int32', data: Int32Array.of(5, 6, 7, 8, 9, 1, 8, 9, 1, 5, 6, 7) });
  const found = makeBatch([sample], search, { batch: 1, tokens: [4, 2] }, anyEnd);
  expect(found.ids0).toEqual({ shape: [1, 4], dtype: 'int32', data: Int32Array.of(5, 6, 7, 1) });
  expect(found.ids1).toEqual({ shape: [1, 2], dtype: 'int32', data: Int32Array.of(8, 9) });
  expect(() => makeBatch([[[5]]], search, { batch: 1, tokens: [4, 2] }, anyEnd)).toThrow(/lacks row 1/);
  expect(rowLengths([sample], search, 400)).toEqual([16, 16]);
  expect(rowLengths([[Array(200).fill(5), Array(130).fill(5)]], search, 256)).toEqual([224, 128]);
});

test('a vector is filled with zeros', () => {
  expect(vector([1, 2], 3)).toEqual({ shape: [3], dtype: 'float32', data: Float32Array.of(1, 2, 0) });
});

test('lengths of a list as long as BigCloneBench’s', () => {
  const pair = [[0, 1, 2], Array.from({ length: 20 }, () => 0)];
  expect(rowLengths(Array.from({ length: 90_102 }, () => pair), clone, 400)).toEqual([32]); // prettier-ignore
});
