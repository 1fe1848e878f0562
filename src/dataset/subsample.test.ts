/** Sub-samples keep the share of labels and the order, exactly and seeded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { subsample } from './subsample.ts';

const labels = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 200 });

test('exact count, shares within one, old order, no repeats', () => {
  fc.assert(
    fc.property(labels, fc.nat(), fc.nat(), (list, draw, seed) => {
      const rows = list.map((label, row) => ({ label, row }));
      const count = 1 + (draw % rows.length);
      const kept = subsample(rows, count, makeRng(seed), 'x');
      expect(kept).toHaveLength(count);
      expect(kept.map(({ row }) => row)).toEqual([...new Set(kept.map(({ row }) => row))].sort((a, b) => a - b));
      for (const label of [0, 1]) {
        const share = list.filter((other) => other === label).length / list.length;
        expect(Math.abs(kept.filter((row) => row.label === label).length - share * count)).toBeLessThan(1);
      }
      expect(subsample(rows, count, makeRng(seed), 'x')).toEqual(kept);
    }),
    { seed: 3 },
  );
});

test('all keeps everything, more than there is is refused', () => {
  const rows = [{ label: 1 }, { label: 0 }];
  expect(subsample(rows, 'all', makeRng(0), 'x')).toBe(rows);
  expect(() => subsample(rows, 3, makeRng(0), 'devign.train')).toThrow(
    'devign.train: 3 samples asked of 2\n  accepted: at most 2, or "all"',
  );
});
