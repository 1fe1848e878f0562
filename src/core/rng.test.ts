/** Randomness: repeatable, independent by purpose, uniform enough to be trusted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRng, type Rng } from './rng.ts';

const draws = (rng: Rng, count = 5) => Array.from({ length: count }, () => rng.uniform());

describe('a stream', () => {
  it('is fixed by the seed: these values may never change, every result depends on them', () => {
    const rng = makeRng(0);
    expect([rng.uniform(), rng.integer(1000), rng.seed32(), rng.normal()]).toEqual([0.5982605099649821, 5, 1661195074, 1.1066005763797977]);
  });

  it('tells seeds and purposes apart', () => {
    const streams = [makeRng(1), makeRng(2), makeRng(1).fork('a'), makeRng(1).fork('b'), makeRng(1).fork('a').fork('b')];
    expect(new Set(streams.map((rng) => draws(rng).join())).size).toBe(streams.length);
  });

  it('forks by purpose alone, whatever was drawn before', () => {
    const [fresh, used] = [makeRng(7), makeRng(7)];
    draws(used);
    expect(draws(used.fork('x'))).toEqual(draws(fresh.fork('x')));
  });
});

describe('distributions', () => {
  it('uniform fills [0, 1) evenly', () => {
    const rng = makeRng('uniform');
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) bins[Math.floor(rng.uniform() * 10)]! += 1;
    // Binomial(10,000, 0.1): standard deviation 30.
    for (const bin of bins) expect(Math.abs(bin - 1000)).toBeLessThan(150);
  });

  it('normal has mean 0 and variance 1', () => {
    const rng = makeRng('normal');
    const values = Array.from({ length: 10_000 }, () => rng.normal());
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(values.reduce((a, b) => a + b * b, 0) / values.length - 1)).toBeLessThan(0.08);
  });

  it('integer stays below its bound and reaches every value', () => {
    const rng = makeRng('integer');
    expect(new Set(Array.from({ length: 200 }, () => rng.integer(5)))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  it('shuffle and sample neither lose nor repeat, and leave their input alone', () => {
    fc.assert(
      fc.property(fc.integer(), fc.uniqueArray(fc.integer()), fc.nat(), (seed, items, drawn) => {
        const before = [...items];
        const count = drawn % (items.length + 1);
        expect(makeRng(seed).shuffle(items).sort()).toEqual([...before].sort());
        const sample = makeRng(seed).sample(items, count);
        expect(new Set(sample).size).toBe(count);
        expect(sample.every((item) => before.includes(item))).toBe(true);
        expect(items).toEqual(before);
      }),
    );
  });

  it('sample draws every pair equally often', () => {
    const rng = makeRng('pairs');
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const pair = rng.sample(['a', 'b', 'c'], 2).join('');
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

it('refuses what has no answer', () => {
  const rng = makeRng(0);
  expect(() => rng.integer(0)).toThrow(RangeError);
  expect(() => rng.integer(1.5)).toThrow(RangeError);
  expect(() => rng.pick([])).toThrow(RangeError);
  expect(() => rng.sample([1], 2)).toThrow(RangeError);
});
