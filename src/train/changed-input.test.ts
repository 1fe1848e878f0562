/** Inputs with words left out or read as other sub-tokens. */
import { expect, test } from 'vitest';
import type { Sample } from '../core/contracts.ts';
import { plantedModel } from '../testing/planted-victim.ts';
import { makeProgram } from '../testing/program.ts';
import { changedInput, inputsOf, openModel } from './model.ts';

const model = openModel(plantedModel, 'defect');
const sampleOf = (text: string): Sample => ({ id: 's', label: 1, programs: [makeProgram(text)] });
const inputOf = (text: string) => inputsOf(model, [sampleOf(text)])[0]!;
const changed = (text: string, changes: readonly (readonly [word: number, ids: readonly number[]])[]) =>
  changedInput(
    model,
    sampleOf(text),
    inputOf(text),
    changes.map(([word, ids]) => ({ program: 0, word, ids })),
  );

test('a word left out is as if it had never been there, the first one too', () => {
  expect(changed('int f ( int a ) { return a ; }', [[1, []]])).toEqual(inputOf('int ( int a ) { return a ; }'));
  expect(changed('int f ( int a ) { return a ; }', [[0, []]])).toEqual(inputOf('f ( int a ) { return a ; }'));
  expect(
    changed('a b c d', [
      [0, []],
      [3, []],
    ]),
  ).toEqual(inputOf('b c'));
});

test('words read as other sub-tokens keep their places behind words left out', () => {
  const mask = 7;
  const [plain] = inputOf('b c d');
  const [found] = changed('a b c d', [
    [0, []],
    [2, [mask]],
  ]);
  expect(found).toEqual([plain![0], plain![1], mask, plain![3], plain![4]]);
});

test('what a cut takes away comes back into sight when words before it go', () => {
  const long = Array.from({ length: plantedModel.maxTokens }, (_, i) => `v${i % 10}`);
  const [row] = changedInput(model, sampleOf(long.join(' ')), inputOf(long.join(' ')), [{ program: 0, word: 0, ids: [] }]);
  expect(row).toEqual(inputOf(long.slice(1).join(' '))[0]);
});
