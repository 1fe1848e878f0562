/** What the generator promises about every function it makes. */
import { describe, expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { syntheticDefect } from './synthetic-defect.ts';

const sizes = { train: 60, valid: 20, test: 20 };

describe('synthetic-defect', () => {
  test('same seed, same samples', async () => {
    const [first, again, other] = await Promise.all([1, 1, 2].map((seed) => syntheticDefect.load(sizes, { rng: makeRng(seed) })));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
