/** Statistics against published and hand-computed values, and against what must hold for any data. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from './rng.ts';
import { auc, bootstrap, mad, mannWhitney, mean, median, standardDeviation, wilson } from './statistics.ts';

const numbers = (minLength: number) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength, maxLength: 6 });

describe('wilson', () => {
  // victims-and-data.md 6, in percent as printed there.
  test.each([
    [3, 1255, '0.081', '0.700', 3],
    [348, 1255, '25.3', '30.3', 1],
    [1255, 1255, '99.69', '100.00', 2],
  ])('%i of %i', (hits, n, low, high, digits) => {
    const interval = wilson(hits, n);
    expect((100 * interval.low).toFixed(digits)).toBe(low);
    expect((100 * interval.high).toFixed(digits)).toBe(high);
  });

  it('lies in 0..1, holds the rate, and mirrors', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (n, drawn) => {
        const hits = drawn % (n + 1);
        const { low, high } = wilson(hits, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(hits / n);
        expect(high).toBeGreaterThanOrEqual(hits / n);
        expect(high).toBeLessThanOrEqual(1);
        expect(wilson(n - hits, n).low).toBeCloseTo(1 - high, 12);
      }),
    );
  });

  it('ends at 0 and 1 exactly when none or all hit', () => {
    for (let n = 1; n <= 200; n++) expect([wilson(0, n).low, wilson(n, n).high]).toEqual([0, 1]);
  });

  it('refuses a rate over nothing, and more hits than samples', () => {
    expect(() => wilson(0, 0)).toThrow(RangeError);
    expect(() => wilson(4, 3)).toThrow(RangeError);
  });
});

describe('summaries', () => {
  it('mean and sample standard deviation; one value has no spread', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardDeviation([3])).toBeNull();
  });

  it('median and scaled MAD: the vector of method.md 7', () => {
    expect(median([0.01, 0.9, 1.0, 1.1])).toBeCloseTo(0.95, 12);
    expect(mad([0.01, 0.9, 1.0, 1.1])).toBeCloseTo(0.14826, 12);
    expect(median([3, 1, 2])).toBe(2);
  });

  it('with two values both anomaly indices are 1/1.4826 = 0.6745 (method.md 7)', () => {
    const losses = [0.01, 1.2];
    for (const loss of losses) expect(Math.abs(loss - median(losses)) / mad(losses)).toBeCloseTo(0.6745, 4);
  });

  test.each([
    ['mean', () => mean([])],
    ['median', () => median([])],
    ['mad', () => mad([])],
    ['bootstrap', () => bootstrap([], makeRng(1))],
    ['auc', () => auc([1], [])],
    ['NaN', () => median([1, NaN])],
    ['NaN in a rank test', () => mannWhitney([1, NaN], [2])],
  ])('no value from no numbers: %s', (_, compute) => {
    expect(compute).toThrow(RangeError);
  });
});

describe('bootstrap', () => {
  it('is seeded, brackets the mean, and collapses on equal values', () => {
    const values = [0.91, 0.95, 0.99, 0.97, 0.93];
    const interval = bootstrap(values, makeRng('bootstrap'));
    expect(bootstrap(values, makeRng('bootstrap'))).toEqual(interval);
    expect(interval.low).toBeLessThan(mean(values));
    expect(interval.high).toBeGreaterThan(mean(values));
    expect(interval.low).toBeGreaterThanOrEqual(0.91);
    expect(bootstrap([0.5, 0.5, 0.5], makeRng(1))).toEqual({ low: 0.5, high: 0.5 });
  });

  it('approaches mean ± 1.96 standard errors on many values', () => {
    const values = Array.from({ length: 400 }, (_, index) => index / 399);
    const { low, high } = bootstrap(values, makeRng(2), 2000);
    const error = Math.sqrt(mean(values.map((value) => (value - 0.5) ** 2)) / 400);
    expect((0.5 - low) / error).toBeCloseTo(1.96, 0);
    expect((high - 0.5) / error).toBeCloseTo(1.96, 0);
  });
});

describe('mannWhitney', () => {
  it('gives the textbook tails: 2 of C(n+m, n) divisions for separated lists', () => {
    expect(mannWhitney([1, 2, 3], [4, 5, 6])).toEqual({ u: 0, p: 0.1, superiority: 0 });
    expect(mannWhitney([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]).p).toBeCloseTo(2 / 252, 15);
    // P(U ≤ 2) = 4/70 for 4 against 4 by the distribution's table: ways 1, 1, 2 for U = 0, 1, 2.
    expect(mannWhitney([1, 2, 3, 6], [4, 5, 7, 8]).p).toBeCloseTo(8 / 70, 15);
  });

  it('equals counting all divisions one by one, ties included', () => {
    fc.assert(
      fc.property(numbers(1), numbers(1), (a, b) => {
        const pooled = [...a, ...b];
        const distance = (first: readonly number[], second: readonly number[]) =>
          Math.abs(auc(first, second) - 0.5) * first.length * second.length;
        let [extreme, all] = [0, 0];
        for (let mask = 0; mask < 2 ** pooled.length; mask++) {
          const chosen = pooled.filter((_, place) => (mask >> place) & 1);
          if (chosen.length !== a.length) continue;
          all++;
          const rest = pooled.filter((_, place) => !((mask >> place) & 1));
          if (distance(chosen, rest) >= distance(a, b) - 1e-9) extreme++;
        }
        expect(mannWhitney(a, b).p).toBeCloseTo(extreme / all, 12);
      }),
      { numRuns: 25 },
    );
  });

  it('is two-sided: swapping the lists mirrors the effect and keeps p', () => {
    fc.assert(
      fc.property(numbers(1), numbers(1), (a, b) => {
        const [forth, back] = [mannWhitney(a, b), mannWhitney(b, a)];
        expect(back.p).toBeCloseTo(forth.p, 12);
        expect(back.superiority).toBeCloseTo(1 - forth.superiority, 12);
        expect(forth.u + back.u).toBeCloseTo(a.length * b.length, 9);
      }),
    );
  });

  it('cannot tell equal lists apart', () => {
    expect(mannWhitney([1, 1], [1, 1, 1])).toEqual({ u: 3, p: 1, superiority: 0.5 });
  });
});

it('auc: ties count half, order does not matter', () => {
  expect(auc([3, 2], [1, 2])).toBe(0.875);
  expect(auc([2, 3], [2, 1])).toBe(0.875);
});
