/** Statistics against published and hand-computed values, and against what must hold for any data. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from './rng.ts';
import {
  auc,
  bootstrap,
  mad,
  mannWhitney,
  mean,
  median,
  pairedPermutation,
  quantile,
  rocCurve,
  spearman,
  standardDeviation,
  studentQuantile,
  studentTail,
  wilson,
} from './statistics.ts';

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

  it('quantiles are linear between order statistics', () => {
    expect([0.25, 0.75, 0, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1.75, 3.25, 1, 4]);
    expect(quantile([7], 0.25)).toBe(7);
    // defenses.md 6: decimals of the second vector, four places and a quarter of the last.
    expect(quantile([0.2831, 0.2831, 0.2831, 0.2831, 0.2832], 0.8125)).toBeCloseTo(0.283125, 12);
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
    ['quantile', () => quantile([], 0.5)],
    ['median', () => median([])],
    ['mad', () => mad([])],
    ['bootstrap', () => bootstrap([], makeRng(1))],
    ['auc', () => auc([1], [])],
    ['NaN', () => median([1, NaN])],
    ['NaN in a rank test', () => mannWhitney([1, NaN], [2])],
    ['rocCurve', () => rocCurve([], [1])],
    ['spearman', () => spearman([], [])],
    ['lists of two lengths', () => spearman([1, 2], [1])],
    ['pairedPermutation', () => pairedPermutation([], makeRng(1))],
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

describe('rocCurve', () => {
  it('has a point a distinct score, positives and negatives of one score together', () => {
    expect(rocCurve([3, 2], [2, 1])).toEqual([
      { falsePositives: 0, truePositives: 0 },
      { falsePositives: 0, truePositives: 0.5 },
      { falsePositives: 0.5, truePositives: 1 },
      { falsePositives: 1, truePositives: 1 },
    ]);
  });

  it('has auc as the area below it', () => {
    fc.assert(
      fc.property(numbers(1), numbers(1), (positives, negatives) => {
        const points = rocCurve(positives, negatives);
        const area = points.slice(1).reduce((total, { falsePositives, truePositives }, at) => {
          const before = points[at]!;
          return total + (falsePositives - before.falsePositives) * ((truePositives + before.truePositives) / 2);
        }, 0);
        expect(area).toBeCloseTo(auc(positives, negatives), 12);
      }),
    );
  });
});

describe('spearman', () => {
  it('follows 1 − 6 Σ d² / (n (n² − 1)) without ties; of 3! orders, two lie at the ends', () => {
    expect(spearman([1, 2, 3], [10, 20, 90])).toEqual({ rho: 1, p: 2 / 6 });
    expect(spearman([1, 2, 3], [9, 2, 1])).toEqual({ rho: -1, p: 2 / 6 });
    // d = 1, −1, 0: 1 − 12/24. Of the six orders of three, ρ is ±1 once each and ±½ twice each.
    expect(spearman([1, 2, 3], [2, 1, 3])).toEqual({ rho: 0.5, p: 1 });
    // d = 0, −1, 1, −1, 1: 1 − 24/120.
    expect(spearman([1, 2, 3, 4, 5], [1, 3, 2, 5, 4])!.rho).toBeCloseTo(0.8, 12);
  });

  it('gives ties their mean rank: (1, 2½, 2½, 4) beside (1, 2, 3, 4) has 4.5 / √(4.5 · 5)', () => {
    expect(spearman([5, 7, 7, 9], [1, 2, 3, 4])!.rho).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
  });

  it('has no value without two different values, and no p beyond ten', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(spearman([1], [2])).toBeNull();
    const eleven = Array.from({ length: 11 }, (_, index) => index);
    expect(spearman(eleven, eleven)).toEqual({ rho: 1, p: null });
  });

  it('ranks alone count, and lists are alike', () => {
    const list = fc.uniqueArray(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const { rho, p } = spearman(a, b)!;
        expect(spearman(b, a)!.rho).toBeCloseTo(rho, 12);
        expect(spearman(a.map(Math.exp), b)).toEqual({ rho, p });
        expect(
          spearman(
            a.map((value) => -value),
            b,
          )!.rho,
        ).toBeCloseTo(-rho, 12);
      }),
    );
  });
});

describe('pairedPermutation', () => {
  it('counts the sums of all signs', () => {
    // ±1 ±2 ±3: 6, 4, 2, 0, 0, −2, −4, −6.
    expect(pairedPermutation([1, 2, 3], makeRng(1))).toEqual({ mean: 2, p: 2 / 8, smallestP: 0.25, isExact: true });
    expect(pairedPermutation([-1, 2, 3], makeRng(1)).p).toBe(4 / 8);
    expect(pairedPermutation([1, -2, 3], makeRng(1)).p).toBe(6 / 8);
    expect(pairedPermutation([1, 2, -3], makeRng(1)).p).toBe(1);
    expect(pairedPermutation([0.1, 0.1, 0.1, 0.1, 0.1], makeRng(1)).p).toBe(2 / 32);
  });

  it('a difference of 0 says nothing', () => {
    expect(pairedPermutation([0, 1, 2, 3, 0], makeRng(1))).toMatchObject({ p: 2 / 8, smallestP: 0.25 });
    expect(pairedPermutation([0, 0], makeRng(1))).toEqual({ mean: 0, p: 1, smallestP: 1, isExact: true });
  });

  it('equals counting all signs one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 8 }), (differences) => {
        const observed = Math.abs(differences.reduce((total, value) => total + value, 0));
        let hits = 0;
        for (let mask = 0; mask < 2 ** differences.length; mask++) {
          const total = differences.reduce((so, value, at) => so + ((mask >> at) & 1 ? value : -value), 0);
          if (Math.abs(total) >= observed) hits++;
        }
        expect(pairedPermutation(differences, makeRng(1)).p).toBeCloseTo(hits / 2 ** differences.length, 12);
      }),
    );
  });

  it('draws signs where they are too many to count, seeded, near the exact value', () => {
    // 27 against 18 of 45 signs: 2 · P(27 or more of 45 heads) = 0.23269.
    const differences = Array.from({ length: 45 }, (_, index) => (index < 27 ? 1 : -1));
    const drawn = pairedPermutation(differences, makeRng('signs'));
    expect(drawn.isExact).toBe(false);
    expect(drawn.p).toBeCloseTo(0.233, 2);
    expect(pairedPermutation(differences, makeRng('signs'))).toEqual(drawn);
    // 24 against 15 of 39 are counted: 2 · P(24 or more of 39 heads) = 0.19959.
    const counted = pairedPermutation(differences.slice(3, 42), makeRng(1));
    expect(counted.isExact).toBe(true);
    expect(counted.p).toBeCloseTo(0.19959086691960692, 12);
  });
});

describe('Student’s distribution', () => {
  it.each([
    [1, 12.706, 0.025],
    [2, 2.92, 0.05],
    [4, 2.132, 0.05],
    [4, 3.747, 0.01],
    [5, 2.571, 0.025],
    [9, 1.833, 0.05],
    [30, 2.042, 0.025],
  ])('%i degrees: %d leaves the tail %d, as printed tables have it', (degrees, t, tail) => {
    expect(studentTail(t, degrees)).toBeCloseTo(tail, 4);
    expect(studentTail(-t, degrees)).toBeCloseTo(1 - tail, 4);
    expect(studentQuantile(tail, degrees)).toBeCloseTo(t, 2);
  });

  it('is one half at 0, and refuses what is no number of degrees', () => {
    expect(studentTail(0, 7)).toBe(0.5);
    expect(() => studentTail(1, 0)).toThrow(RangeError);
    expect(() => studentTail(1, 1.5)).toThrow(RangeError);
  });
});
