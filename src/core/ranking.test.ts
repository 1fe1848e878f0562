/** Ranks by cosine against a plain sort. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cosine, ownRanks } from './ranking.ts';

const vector = fc.array(fc.constantFrom(-1, 0, 0.5, 1), { minLength: 3, maxLength: 3 }).map((numbers) => Float32Array.from(numbers));
const row = fc.record({ code: fc.option(vector), query: fc.option(vector) });

it('a rank is a function’s place in the list sorted by cosine, equal ones as they came; the first so many alone where asked', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 14 }), fc.integer({ min: 1, max: 14 }), (rows, limit) => {
      const pool = rows.flatMap(({ code }, index) => (code === null ? [] : [{ code, index }])).slice(0, limit);
      const expected = pool.flatMap(({ index }) => {
        const { query } = rows[index]!;
        if (query === null) return [];
        const sorted = [...pool].sort((a, b) => cosine(query, b.code) - cosine(query, a.code) || a.index - b.index);
        return [{ sample: index, rank: 1 + sorted.findIndex((entry) => entry.index === index) }];
      });
      const predictions = { kind: 'vectors', codes: rows.map(({ code }) => code), queries: rows.map(({ query }) => query) } as const;
      expect(ownRanks(predictions, { limit })).toEqual(expected);
    }),
  );
});
