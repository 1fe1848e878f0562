/** The matcher must be able to fail: each way of being wrong is seen. */
import { describe, expect, it } from 'vitest';
import { difference, largestRelativeError } from './matchers.ts';

describe('toBeAllclose', () => {
  it('accepts what lies within either tolerance', () => {
    expect([1, 0, -2]).toBeAllclose(Float32Array.of(1.000001, 5e-7, -2.00001));
    expect({ shape: [1, 2], data: [1, 2] }).toBeAllclose({ shape: [1, 2], data: [1, 2] });
    expect([NaN, Infinity]).toBeAllclose([NaN, Infinity]);
    expect(3).toBeAllclose(3.00001);
  });

  it.each([
    ['a far element', [1, 2], [1, 2.1]],
    ['NaN', [1, NaN], [1, 2]],
    ['an expected NaN', [1, 2], [1, NaN]],
    ['the other infinity', [Infinity], [-Infinity]],
    ['a shorter list', [1], [1, 1]],
    ['another shape', { shape: [2, 1], data: [1, 2] }, { shape: [1, 2], data: [1, 2] }],
  ])('refuses %s', (_, actual, expected) => {
    expect(actual).not.toBeAllclose(expected);
    expect(() => expect(actual).toBeAllclose(expected)).toThrow();
  });

  it('names the worst element', () => {
    expect(difference([1, 5, 2.5], [1, 2, 2])).toContain('2 of 3 elements differ; worst at 1: 5, expected 2');
    expect(difference([9, NaN, 9], [1, 1, 1])).toContain('worst at 1: NaN');
  });

  it('takes its tolerances', () => {
    expect([1.01]).toBeAllclose([1], { relative: 0.02 });
    expect([0.01]).toBeAllclose([0], { absolute: 0.02 });
    expect([1.01]).not.toBeAllclose([1], { relative: 0.001 });
  });
});

describe('largestRelativeError', () => {
  it('relates the largest difference to the largest expected value', () => {
    expect(largestRelativeError([1, 4.5], [1.25, 4])).toBe(0.125);
    expect(largestRelativeError([0, 0], [0, 0])).toBe(0);
    expect(largestRelativeError([1, NaN], [1, 2])).toBeNaN();
    expect(() => largestRelativeError([1], [1, 2])).toThrow(RangeError);
  });
});
