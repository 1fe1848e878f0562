/** Absent entries keep their places. */
import { expect, it } from 'vitest';
import { presentAmong } from './present.ts';

it('values come back at the places of the entries that are there', () => {
  const { entries, spread } = presentAmong([null, 'a', null, 'b']);
  expect(entries).toEqual(['a', 'b']);
  expect(spread([1, 2])).toEqual([null, 1, null, 2]);
});

it('a value too few or too many is no value of an entry', () => {
  const { spread } = presentAmong(['a', null]);
  expect(() => spread([])).toThrow('0 values for 1 entries');
  expect(() => spread([1, 2])).toThrow('2 values for 1 entries');
});
