/** The clean pool: counts of method.md 2 and victims-and-data.md 2.4. */
import { describe, expect, it } from 'vitest';
import type { Sample } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { drawOfLabel, drawPool } from './pool.ts';

const samples = (count: number, defective: number): Sample[] =>
  Array.from({ length: count }, (_, i) => ({ id: String(i), label: i < defective ? 1 : 0, programs: [] }));

describe('drawPool', () => {
  it('draws 1,092 of each label from Devign’s training list, sorted by label, without repeats', () => {
    const pool = drawPool(samples(21_854, 10_007), 0.1, makeRng(1));
    expect(pool.map(({ label }) => label)).toEqual([...Array<number>(1092).fill(0), ...Array<number>(1092).fill(1)]);
    expect(new Set(pool).size).toBe(2184);
  });

  it('depends on the seed alone', () => {
    const ids = (seed: number): string =>
      drawPool(samples(100, 50), 0.2, makeRng(seed))
        .map(({ id }) => id)
        .join();
    expect(ids(1)).toBe(ids(1));
    expect(ids(1)).not.toBe(ids(2));
  });

  it('names the ratio when it leaves nothing, and the label when there are too few of it', () => {
    expect(() => drawPool(samples(10, 5), 0.1, makeRng(1))).toThrow(/pool\.ratio.*none a label.*at least 0\.2/s);
    expect(() => drawPool(samples(100, 3), 0.2, makeRng(1))).toThrow(/10 of label 1 asked for, there are 3/);
    expect(() => drawOfLabel(samples(10, 5), 1, 6, makeRng(1))).toThrow(/6 of label 1 asked for, there are 5/);
  });
});
