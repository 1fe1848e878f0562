/** Falls that are not allowed, in all samples and in those of one label. */
import { expect, it } from 'vitest';
import type { Quality, Rate } from './contracts.ts';
import { fallsBeyond } from './falls.ts';

const rate = (hits: number, n: number): Rate => ({ hits, n, interval: null });

/** Right ones and samples of labels 0 and 1. */
function accuracy([hits0, n0]: [number, number], [hits1, n1]: [number, number]): Quality {
  const [hits, n] = [hits0 + hits1, n0 + n1];
  return { metric: 'accuracy', value: hits / n, hits, n, byLabel: { 0: rate(hits0, n0), 1: rate(hits1, n1) } };
}

const mrr = (value: number): Quality => ({ metric: 'mrr', value, hits: null, n: 30, byLabel: null });

it('the fall of the rarer label counts, however little of all samples it is', () => {
  const [before, always0] = [accuracy([150, 150], [2, 2]), accuracy([150, 150], [0, 2])];
  expect(before.value - always0.value).toBeLessThan(0.02);
  expect(fallsBeyond(before, always0, 0.02)).toEqual([
    'accuracy of label 1 falls from 1.000 to 0.000 (2 and 0 of 2 held-out samples right)',
  ]);
  expect(fallsBeyond(before, always0, 1)).toEqual([]);
});

it('a label that gains does not make up for one that loses, nor labels for all', () => {
  expect(fallsBeyond(accuracy([45, 50], [50, 50]), accuracy([50, 50], [45, 50]), 0.02)).toEqual([
    'accuracy of label 1 falls from 1.000 to 0.900 (50 and 45 of 50 held-out samples right)',
  ]);
  expect(fallsBeyond(accuracy([10, 10], [10, 10]), accuracy([9, 10], [9, 10]), 0.02)).toEqual([
    'accuracy falls from 1.000 to 0.900 (20 and 18 of 20 held-out samples right)',
    expect.stringMatching(/^accuracy of label 0 falls/),
    expect.stringMatching(/^accuracy of label 1 falls/),
  ]);
});

it('exactly what is allowed is allowed, and a gain is no fall', () => {
  expect(fallsBeyond(accuracy([50, 50], [49, 50]), accuracy([49, 50], [50, 50]), 0.02)).toEqual([]);
  expect(fallsBeyond(mrr(0.5), mrr(0.48), 0.02)).toEqual([]);
  expect(fallsBeyond(mrr(0.5), mrr(0.47), 0.02)).toEqual(['mrr falls from 0.500 to 0.470']);
});

it('measurements on different samples are not compared', () => {
  expect(() => fallsBeyond(accuracy([5, 5], [5, 5]), accuracy([6, 6], [4, 4]), 0.5)).toThrow(/label 0: measured on other samples/);
});
