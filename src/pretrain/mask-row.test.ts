/** Masking: so many places and no more, never a special one, and the right things in them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { maskedCount, maskRow } from './mask-row.ts';

const [cls, sep, mask] = [0, 2, 3];
const ordinary = Array.from({ length: 500 }, (_, i) => i + 10);
const words = { mask, isSpecial: (id: number) => id < 10, ordinary };

/** Rows with a separator inside, as those with a query have one. */
const rows = fc
  .tuple(fc.array(fc.integer({ min: 10, max: 509 }), { maxLength: 30 }), fc.array(fc.integer({ min: 10, max: 509 }), { minLength: 1 }))
  .map(([query, code]) => [cls, ...query, sep, ...code, sep]);

test('15 % of the ordinary sub-tokens are predicted, in ascending places; special ones and all others stay', () => {
  fc.assert(
    fc.property(rows, fc.integer(), (row, seed) => {
      const masked = maskRow(row, words, makeRng(seed));
      const count = row.filter((id) => id >= 10).length;
      expect(masked.places).toHaveLength(Math.max(1, Math.round(0.15 * count)));
      expect(masked.places).toEqual([...new Set(masked.places)].sort((a, b) => a - b));
      expect(masked.targets).toEqual(masked.places.map((place) => row[place]));
      expect(masked.targets.every((id) => id >= 10)).toBe(true);
      const elsewhere = (ids: readonly number[]) => ids.filter((_, place) => !masked.places.includes(place));
      expect(elsewhere(masked.ids)).toEqual(elsewhere(row));
      for (const place of masked.places) expect([mask, row[place], ...ordinary]).toContain(masked.ids[place]);
    }),
    { numRuns: 200 },
  );
});

test('of the predicted places 80 % hold the mask, 10 % a random sub-token, 10 % their own', () => {
  const row = [cls, ...Array.from({ length: 400 }, () => 10), sep];
  const fates = Array.from({ length: 500 }, (_, seed) => maskRow(row, words, makeRng(seed))).flatMap(({ ids, places }) =>
    places.map((place) => ids[place]!),
  );
  const share = (isOne: (id: number) => boolean): number => fates.filter(isOne).length / fates.length;
  expect(fates).toHaveLength(500 * maskedCount(400));
  // Three standard deviations of 30,000 draws. A random sub-token may be the row's own: 1 in 500.
  expect(Math.abs(share((id) => id === mask) - 0.8)).toBeLessThan(0.007);
  expect(Math.abs(share((id) => id === 10) - 0.1002)).toBeLessThan(0.0052);
  expect(Math.abs(share((id) => id > 10) - 0.0998)).toBeLessThan(0.0052);
});

test('other draws hide other places; equal ones the same', () => {
  const row = [cls, ...ordinary.slice(0, 60), sep];
  const of = (seed: number) => maskRow(row, words, makeRng(seed));
  expect(of(1)).toEqual(of(1));
  expect(of(1).places).not.toEqual(of(2).places);
});
