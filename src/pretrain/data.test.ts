/** What is pretrained on: never a function that somebody will be tested on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Program, Sample } from '../core/contracts.ts';
import { programKey } from '../core/program-key.ts';
import { makeRng } from '../core/rng.ts';
import { loadTokenizer } from '../engine/index.ts';
import { gatherTexts, rowOfText, splitRows } from './data.ts';

const programOf = (name: string): Program => ({
  tokens: ['int', name, '(', ')', '{', '}'],
  gaps: ['', ' ', '', '', ' ', ''],
  functionName: name,
  variables: [],
  locals: [],
  bodyStart: 5,
  statementEnds: [],
});
/** New objects each time: a function is known by its content. */
const sampleOf = (names: readonly string[], index: number): Sample => ({ id: String(index), label: 1, programs: names.map(programOf) });

const names = fc.array(fc.array(fc.constantFrom(...'abcdefghijklmnop'.split('')), { minLength: 1, maxLength: 2 }), { maxLength: 12 });
const datasets = fc.array(fc.record({ train: names, valid: names, test: names }), { minLength: 1, maxLength: 3 });

test('no function of any valid or test split is among the texts, and each is there once; what is left out is counted', () => {
  fc.assert(
    fc.property(datasets, (drawn) => {
      const { texts, counts } = gatherTexts(
        drawn.map(({ train, valid, test: own }) => ({
          splits: { train: train.map(sampleOf), valid: valid.map(sampleOf), test: own.map(sampleOf) },
        })),
      );
      const held = new Set(drawn.flatMap(({ valid, test: own }) => [...valid, ...own].flat()));
      const trained = new Set(drawn.flatMap(({ train }) => train.flat()));
      const wanted = [...trained].filter((name) => !held.has(name));
      expect(texts.map(({ program }) => program.functionName)).toEqual(wanted);
      expect(new Set(texts.map(({ program }) => programKey(program))).size).toBe(texts.length);
      expect(counts).toEqual({ functions: trained.size, heldOut: trained.size - wanted.length });
    }),
  );
});

test('a row is the query, if there is one, a separator and the function, cut to its limit', () => {
  const tokenizer = loadTokenizer('gpt2');
  const { cls, sep } = tokenizer.special;
  const program = programOf('f');
  const code = tokenizer.encodeWords(program.tokens).ids;
  const query = tokenizer.encodeWords(['adds', 'two']).ids;
  expect(rowOfText({ program, query: null }, tokenizer, 64)).toEqual([cls, ...code, sep]);
  expect(rowOfText({ program, query: 'adds  two' }, tokenizer, 64)).toEqual([cls, ...query, sep, ...code, sep]);
  const cut = rowOfText({ program, query: 'adds two numbers and gives their sum' }, tokenizer, 12);
  expect(cut).toHaveLength(12);
  expect(cut.at(-1)).toBe(sep);
  expect(cut[4]).toBe(sep);
});

test('2 % of the rows stand apart, the same for one seed, and too few rows are refused', () => {
  const rows = Array.from({ length: 200 }, (_, index) => index);
  const { train, valid } = splitRows(rows, makeRng(1));
  expect(valid).toHaveLength(4);
  expect([...train, ...valid].sort((a, b) => a - b)).toEqual(rows);
  expect(splitRows(rows, makeRng(1))).toEqual({ train, valid });
  expect(splitRows(rows, makeRng(2)).valid).not.toEqual(valid);
  expect(() => splitRows([1], makeRng(1))).toThrow('1 functions are left');
});
