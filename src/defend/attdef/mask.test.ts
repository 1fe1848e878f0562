/** Normalising, and which words are read as the mask. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedInput, inputsOf, openModel } from '../../train/index.ts';
import { plantedModel } from '../../testing/planted-victim.ts';
import { makeProgram } from '../../testing/program.ts';
import { countMasked, maskedWords, normalise } from './mask.ts';

const rows = (...values: number[][]) => values.map((row) => Float64Array.from(row));

describe('normalise', () => {
  it('drops the special tokens, and takes least and most over both programs of a pair', () => {
    expect(normalise(rows([9, 1, 3, -9], [9, 5, -9]))).toEqual(rows([0, 0.5], [1]));
    expect(normalise(rows([9, 2, 2, -9]))).toEqual(rows([0, 0]));
    expect(normalise(rows([0, 0]))).toEqual(rows([]));
  });

  it('keeps every score within 0 and 1, reaches both, and masks nothing at 1', () => {
    const list = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 4, maxLength: 30 });
    fc.assert(
      fc.property(list, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (values, a, b) => {
        const scores = normalise(rows(values));
        const all = [...scores[0]!];
        if (new Set(values.slice(1, -1)).size > 1) expect([Math.min(...all), Math.max(...all)]).toEqual([0, 1]);
        expect(countMasked(scores, 1)).toBe(0);
        expect(countMasked(scores, Math.min(a, b))).toBeGreaterThanOrEqual(countMasked(scores, Math.max(a, b)));
      }),
    );
  });
});

describe('maskedWords', () => {
  const model = openModel({ ...plantedModel, maxTokens: 8 }, 'defect');
  const { special } = model.tokenizer;
  const sample = { id: 'a', label: 1, programs: [makeProgram('x testo_init = y ; return x ;')] };
  const { ids, wordOf } = model.tokenizer.encodeWords(sample.programs[0]!.tokens);
  const [input] = inputsOf(model, [sample]);

  it('replaces the sub-tokens above the threshold alone, and leaves what lies beyond the cut', () => {
    expect(wordOf.filter((word) => word === 1).length).toBeGreaterThan(1);
    // Six sub-tokens are left between the special ones: 0.9 at the second piece of word 1, and at the last one read.
    const scores = rows([0.1, 0.2, 0.9, 0.5, 0, 0.9]);
    const changes = maskedWords(model, sample, scores, 0.5);
    const masked = new Set([2, 5]);
    const read = ids.map((id, piece) => (masked.has(piece) ? special.mask : id));
    const words = [...new Set([wordOf[2]!, wordOf[5]!])];
    expect(changes).toEqual(words.map((word) => ({ program: 0, word, ids: read.filter((_, piece) => wordOf[piece] === word) })));
    const [before] = input!;
    const after = changedInput(model, sample, input!, changes)[0]!;
    expect(after).toEqual(before!.map((id, place) => (masked.has(place - 1) ? special.mask : id)));
  });

  it('takes <unk> where the tokenizer has no mask, and changes nothing where nothing is above', () => {
    const bare = { ...model, tokenizer: { ...model.tokenizer, special: { ...special, mask: null } } };
    expect(maskedWords(bare, sample, rows([1, 0, 0, 0, 0, 0]), 0.5)).toEqual([{ program: 0, word: 0, ids: [special.unk] }]);
    expect(maskedWords(bare, sample, rows([1, 0, 0, 0, 0, 0]), 1)).toEqual([]);
    expect(maskedWords(bare, sample, [], 0)).toEqual([]);
  });
});
