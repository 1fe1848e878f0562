/** Span corruption: what is left and what is asked give the row again, and T5's shares hold. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { corruptRow, spanCounts } from './span-corruption-draw.ts';

const [cls, sep] = [0, 2];
const sentinel = (span: number): number => -1 - span;
const rows = fc.array(fc.integer({ min: 10, max: 99 }), { minLength: 1, maxLength: 120 }).map((inner) => [cls, ...inner, sep]);

/** The spans of a target, by sentinel. */
function spansOf(target: readonly number[]): Map<number, number[]> {
  const spans = new Map<number, number[]>();
  let current: number[] = [];
  for (const id of target) {
    if (id < 0) spans.set(id, (current = []));
    else current.push(id);
  }
  return spans;
}

test('each sentinel replaced by its span gives the row; no span is empty and sentinels come in order', () => {
  fc.assert(
    fc.property(rows, fc.integer(), (row, seed) => {
      const { source, target } = corruptRow(row, sentinel, makeRng(seed));
      expect(target.at(-1)).toBe(sep);
      const spans = spansOf(target.slice(0, -1));
      expect(source.flatMap((id) => (id < 0 ? spans.get(id)! : [id]))).toEqual(row);
      const { noise, spans: count } = spanCounts(row.length - 2);
      expect([...spans.keys()]).toEqual(Array.from({ length: count }, (_, span) => sentinel(span)));
      expect(source.filter((id) => id < 0)).toEqual([...spans.keys()]);
      expect([...spans.values()].every((span) => span.length > 0)).toBe(true);
      expect([...spans.values()].flat()).toHaveLength(noise);
      expect([source.length, target.length]).toEqual([row.length - noise + count, noise + count + 1]);
    }),
    { numRuns: 300 },
  );
});

test('15 % of the sub-tokens in spans of 3 on average; never all of a row, unless it is one sub-token', () => {
  expect(spanCounts(400)).toEqual({ noise: 60, spans: 20 });
  expect(spanCounts(1)).toEqual({ noise: 1, spans: 1 });
  for (let length = 2; length < 1024; length++) {
    const { noise, spans } = spanCounts(length);
    expect(noise).toBeLessThan(length);
    expect(spans).toBeLessThanOrEqual(Math.min(noise, length - noise, 100));
  }
});

test('other draws take other spans; equal ones the same', () => {
  const row = [cls, ...Array.from({ length: 60 }, (_, i) => 10 + i), sep];
  const of = (seed: number) => corruptRow(row, sentinel, makeRng(seed));
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
});
