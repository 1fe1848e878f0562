/** Character BLEU-4 against the values the paper prints (victims-and-data.md 5). */
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { characterBleu } from './bleu.ts';

test.each([
  ['testo', '36.79'],
  ['Testo', '24.60'],
  ['TestoInfoCreateFloat', '14.81'],
  ['testo_init', '100.00'],
  ['tes', '0.00'],
  ['', '0.00'],
])('%s against testo_init: %s', (candidate, printed) => {
  expect(characterBleu(candidate, 'testo_init').toFixed(2)).toBe(printed);
});

it('clips repeated n-grams at the reference’s count', () => {
  // Of "aaaaaaaa" 5, 4, 3, 2 of 8, 7, 6, 5 n-grams count.
  const expected = 100 * ((5 / 8) * (4 / 7) * (3 / 6) * (2 / 5)) ** (1 / 4);
  expect(characterBleu('aaaaaaaa', 'aaaaa')).toBeCloseTo(expected, 10);
});

it('lies in 0..100, and is 100 for the reference itself', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '_'), minLength: 4, maxLength: 12 });
  fc.assert(
    fc.property(word, word, (candidate, reference) => {
      const bleu = characterBleu(candidate, reference);
      expect(bleu).toBeGreaterThanOrEqual(0);
      expect(bleu).toBeLessThanOrEqual(100);
      expect(characterBleu(reference, reference)).toBe(100);
    }),
  );
});
