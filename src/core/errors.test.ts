/** Messages for people: they name the place, what was found, what is accepted, and the nearest match. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { editDistance, lookUp, nearest, unknownName, UserError } from './errors.ts';

describe('UserError', () => {
  it('says where, what, and what is accepted', () => {
    expect(new UserError('attacks[0].rate', 'found 2', 'a fraction 0..1').message).toBe(
      'attacks[0].rate: found 2\n  accepted: a fraction 0..1',
    );
    expect(new UserError('store', 'is locked').message).toBe('store: is locked');
  });
});

describe('lookUp', () => {
  const catalogue = { badcode: 1, codepoisoner: 2, none: 0 };

  it('finds an entry, also one that is falsy', () => {
    expect(lookUp(catalogue, 'badcode', 'attack')).toBe(1);
    expect(lookUp(catalogue, 'none', 'attack')).toBe(0);
  });

  it('lists what exists and the nearest match', () => {
    expect(() => lookUp(catalogue, 'codepoisner', 'attack')).toThrow(UserError);
    expect(() => lookUp(catalogue, 'codepoisner', 'attack')).toThrow(
      'attack: unknown “codepoisner”; did you mean “codepoisoner”?\n  accepted: badcode, codepoisoner, none',
    );
  });

  it('does not find what every object inherits', () => {
    expect(() => lookUp(catalogue, 'toString', 'attack')).toThrow(UserError);
  });
});

describe('nearest', () => {
  it('ignores case and gives up when nothing is close', () => {
    expect(nearest('BadCod', ['badcode', 'codepoisoner'])).toBe('badcode');
    expect(nearest('afraidoor', ['badcode', 'codepoisoner'])).toBeNull();
    expect(unknownName('afraidoor', [])).toBe('unknown “afraidoor”');
  });
});

describe('editDistance', () => {
  // The first four: victims-and-data.md 5.
  test.each([
    ['testo', 'testo_init', 5],
    ['Testo', 'testo_init', 6],
    ['TestoInfoCreateFloat', 'testo_init', 15],
    ['testo_init', 'testo_init', 0],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('%s to %s: %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is a metric', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'B'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});
