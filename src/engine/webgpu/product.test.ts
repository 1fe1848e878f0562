/** The choice of tile and cut. What products compute is in kernels.test.ts and engine.test.ts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planProduct } from './product.ts';

test('large products take the large tile, whole', () => {
  const { tile, splits } = planProduct({ m: 12_800, n: 3072, k: 768, batch: 1 });
  expect([tile.rows, tile.columns, splits]).toEqual([128, 128, 1]);
});

test('few outputs over a long sum are cut along it: a weight’s gradient', () => {
  expect(planProduct({ m: 768, n: 768, k: 12_800, batch: 1 }).splits).toBeGreaterThan(2);
});

test('a handful of rows takes a small tile', () => {
  const { tile } = planProduct({ m: 5, n: 768, k: 768, batch: 1 });
  expect(tile.rows * tile.columns).toBeLessThan(128 * 128);
});

test('batched products are never cut, and no part of a cut is empty', () => {
  const size = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(size, size, size, fc.integer({ min: 1, max: 64 }), (m, n, k, batch) => {
      const { splits } = planProduct({ m, n, k, batch });
      if (batch > 1) expect(splits).toBe(1);
      expect((splits - 1) * Math.ceil(k / splits / 8) * 8).toBeLessThan(k);
    }),
  );
});
