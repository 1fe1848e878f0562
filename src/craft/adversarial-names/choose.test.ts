/** The choice of names: the vectors of attacks.md 3, and what holds of any gradients. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { chooseNames } from './choose.ts';
import { isName } from './entries.ts';

const isCName = (entry: string): boolean => isName(entry, 'c');

describe('vectors of attacks.md 3', () => {
  const entries = ['if', 'load', '0', 'data'];

  it('a gets `data`; for b, whose least entry `0` is invalid, it is `load`', () => {
    const averages = [
      [0.2, -0.5, -0.1, -0.7],
      [0, -0.6, -0.9, -0.4],
    ];
    expect(chooseNames(averages, entries, isCName, makeRng(0))).toEqual(['data', 'load']);
  });

  it('what is taken or used by the program is passed over', () => {
    const same = [0.2, -0.5, -0.1, -0.7];
    expect(chooseNames([same, same], entries, isCName, makeRng(0))).toEqual(['data', 'load']);
    expect(chooseNames([same], entries, (entry) => isCName(entry) && entry !== 'data', makeRng(0))).toEqual(['load']);
    expect(chooseNames([same, same, same], entries, isCName, makeRng(0))).toEqual(['data', 'load', null]);
  });
});

test('of equal values the earlier entry', () => {
  expect(chooseNames([[1, 1, 1]], ['p', 'q', 'r'], () => true, makeRng(0))).toEqual(['p']);
});

test('without a gradient a free entry is drawn, by the seed', () => {
  const entries = Array.from({ length: 50 }, (_, index) => `w${index}`);
  const draw = (seed: number): (string | null)[] => chooseNames([null, null], entries, (entry) => entry !== 'w0', makeRng(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(new Set(Array.from({ length: 20 }, (_, seed) => draw(seed).join())).size).toBeGreaterThan(10);
});

test('names are distinct, free, and each the least of what was left', () => {
  const rows = fc.array(fc.option(fc.array(fc.float({ noNaN: true }), { minLength: 8, maxLength: 8 })), { maxLength: 12 });
  fc.assert(
    fc.property(rows, fc.nat(), (gradients, seed) => {
      const entries = ['a', 'b', 'c', 'd', 'if', '0', 'used', 'e'];
      const isFree = (entry: string): boolean => isCName(entry) && entry !== 'used';
      const names = chooseNames(gradients, entries, isFree, makeRng(seed));
      const given = names.filter((name) => name !== null);
      expect(new Set(given).size).toBe(given.length);
      expect(given.length).toBe(Math.min(gradients.length, 5));
      names.forEach((name, j) => {
        if (name === null) return;
        expect(isFree(name)).toBe(true);
        const left = entries.filter((entry) => isFree(entry) && !names.slice(0, j).includes(entry));
        const own = gradients[j];
        if (own != null) expect(own[entries.indexOf(name)]).toBe(Math.min(...left.map((entry) => own[entries.indexOf(entry)]!)));
      });
    }),
  );
});

test('a gradient of another length is refused', () => {
  expect(() => chooseNames([[1, 2]], ['a'], () => true, makeRng(0))).toThrow('2 gradients for 1 entries');
});
