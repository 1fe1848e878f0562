/** Outlier rules: the paper's fences, and lists where the odd one is known. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import '../../testing/matchers.ts';
import { anomalies } from './isolation-forest.ts';
import { distances } from './minimum-covariance.ts';
import { fencesOf, outlierRules, outliersAmong, type OutlierRule } from './outliers.ts';

const flagged = (values: readonly number[], rule: OutlierRule, seed = 1): number[] =>
  outliersAmong(values, { outliers: rule, contamination: 0.1 }, makeRng(seed)).flatMap((isOutlier, index) => (isOutlier ? [index] : []));

test.each([
  { q1: 0.0006, q3: 0.00095, lower: 0.000075, upper: 0.001475 },
  { q1: 0.03015, q3: 0.283125, lower: -0.3493125, upper: 0.6625875 },
])('fences of the paper (defenses.md 6): $lower and $upper', ({ q1, q3, lower, upper }) => {
  const fences = fencesOf(q1, q3);
  expect([fences.lower, fences.upper]).toBeAllclose([lower, upper], { relative: 1e-12, absolute: 0 });
});

const one = [0.9, 0.91, 0.92, 0.9, 0.91, 0.93, 0.1, 0.92, 0.9, 0.91, 0.92];

describe.each(outlierRules)('%s', (rule) => {
  it('singles out the one that is far away', () => {
    expect(flagged(one, rule)).toEqual([6]);
  });

  it('singles out the one that differs where all others are equal, and none where all are', () => {
    expect(flagged([0.5, 0.5, 0.5, 0.5, 0.2, 0.5, 0.5, 0.5], rule)).toEqual([4]);
    expect(flagged([0.5, 0.5, 0.5, 0.5], rule)).toEqual([]);
    expect(flagged([0.5], rule)).toEqual([]);
    expect(flagged([], rule)).toEqual([]);
  });

  it('gives one answer a value, the same for the same seed, and leaves the values alone', () => {
    const probability = fc.integer({ min: 0, max: 1000 }).map((value) => value / 1000);
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 40 }), fc.nat(), (values, seed) => {
        const given = Object.freeze([...values]);
        expect(outliersAmong(given, { outliers: rule, contamination: 0.1 }, makeRng(seed))).toHaveLength(values.length);
        expect(flagged(given, rule, seed)).toEqual(flagged(values, rule, seed));
      }),
      { numRuns: 20 },
    );
  });
});

test('IQR does not call a share of every list outliers', () => {
  expect(flagged([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 'iqr')).toEqual([]);
  expect(flagged([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 'elliptic-envelope')).not.toEqual([]);
});

test('“all” is the majority: what one rule alone singles out does not count', () => {
  const values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
  const votes = (['iqr', 'isolation-forest', 'elliptic-envelope'] as const).map((rule) => flagged(values, rule));
  const most = values.flatMap((_, index) => (votes.filter((indices) => indices.includes(index)).length >= 2 ? [index] : []));
  expect(votes.flat().length).toBeGreaterThan(most.length);
  expect(flagged(values, 'all')).toEqual(most);
});

test('the forest’s scores lie between 0 and 1, highest where a value stands alone', () => {
  const scores = anomalies(one, makeRng(1));
  expect(Math.min(...scores)).toBeGreaterThan(0);
  expect(Math.max(...scores)).toBeLessThanOrEqual(1);
  expect(scores.indexOf(Math.max(...scores))).toBe(6);
  expect(scores[6]).toBeGreaterThan(0.7);
  // Two values are cut apart at once: depth 1 is the mean depth of two.
  expect(anomalies([0, 1], makeRng(1))).toEqual([0.5, 0.5]);
});

test('the envelope measures from the tightest half: mean 1, deviation √½ of 0, 1, 1, 2', () => {
  // Six values: halves of four.
  expect(distances([9, 1, 2, 0, 1, 7])).toBeAllclose([8, 0, 1, 1, 0, 6].map((distance) => distance / Math.SQRT1_2));
  expect(distances([3, 3, 3, 5])).toEqual([0, 0, 0, 2]);
});
