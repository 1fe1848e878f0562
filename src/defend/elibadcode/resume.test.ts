/** A search survives being saved: every number and every candidate tried. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeSearch, encodeSearch, finishedOptions, type KnownScores, type SearchState } from './resume.ts';

const ids = fc.array(fc.nat(50_000), { minLength: 1, maxLength: 5 });
const found = fc.record({ ids, loss: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }), iteration: fc.nat(100) });
const states: fc.Arbitrary<SearchState> = fc.record({
  incumbent: found,
  best: found,
  losses: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })),
  asrs: fc.array(fc.constantFrom(0, 1 / 3, 1)),
  triggers: fc.array(ids),
  tried: fc.array(ids).map((list) => new Set(list.map((one) => one.join()))),
  known: fc
    .array(fc.tuple(ids, fc.record({ loss: fc.double(), asr: fc.double({ min: 0, max: 1 }) })))
    .map((list) => new Map(list.map(([one, score]) => [one.join(), score]))),
});

it('comes back as it was, order included, for its own option alone', () => {
  fc.assert(
    fc.property(states, (state) => {
      const files = encodeSearch([], state);
      const back = decodeSearch(files, 0)!;
      // JSON has no −0; a loss of that value compares equal to 0.
      const { known, ...rest } = back;
      expect({ ...rest, tried: [...back.tried] }).toEqual(
        JSON.parse(JSON.stringify({ ...state, known: undefined, tried: [...state.tried] })),
      );
      const numbers = (scores: KnownScores): unknown[] => [...scores].map(([key, { loss, asr }]) => [key, loss + 0, asr + 0]);
      expect(numbers(known)).toEqual(numbers(state.known));
      expect(decodeSearch(files, 1)).toBeNull();
      expect(finishedOptions(files)).toEqual([]);
    }),
  );
});

it('names the file that is missing', () => {
  expect(() => finishedOptions(new Map())).toThrow('no file “search.json”');
});
