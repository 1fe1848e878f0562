/** What every generated corpus promises, as tests. */
import { expect, test } from 'vitest';
import type { Sample, SplitName } from '../core/contracts.ts';

export type Splits = Readonly<Record<SplitName, readonly Sample[]>>;
export type Sizes = Readonly<Record<SplitName, number>>;

/** @param load with these sizes and the corpus's other parameters as they are */
export function testRepeatability(load: (seed: number, sizes: Sizes) => Promise<Splits>, small: Sizes): void {
  test('same seed, same samples; more samples keep the first ones', async () => {
    const [first, again, other, more] = await Promise.all([
      load(1, small),
      load(1, small),
      load(2, small),
      load(1, { ...small, train: 2 * small.train }),
    ]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(more.train).toEqual(expect.arrayContaining([...first.train]));
  });
}

/** Ids are unique, and each split is as large as was asked. */
export function expectSizes(splits: Splits, sizes: Sizes): void {
  for (const [split, samples] of Object.entries(splits)) expect(samples).toHaveLength(sizes[split as SplitName]);
  const all = Object.values(splits).flat();
  expect(new Set(all.map((sample) => sample.id)).size).toBe(all.length);
}
