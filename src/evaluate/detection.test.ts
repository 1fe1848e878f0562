/** Measures of what a defence singles out, on lists whose counts are known, and the words that a trigger brought in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../core/contracts.ts';
import { makeProgram } from '../testing/program.ts';
import { changedWords } from './changed-words.ts';
import type { SingledOutInputs, SuspectInput } from './contracts.ts';
import { detection, detectionMetrics } from './detection.ts';

it('every measure is listed, and no other', () => {
  const measured = detection({ kind: 'inputs', clean: [], triggered: [], triggerWords: [] });
  expect(measured.map(({ metric }) => metric)).toEqual(detectionMetrics.map(({ name }) => name));
});

const valueOf = (rows: readonly Measurement[], metric: string): number | null | undefined =>
  rows.find((row) => row.metric === metric)?.value;

describe('samples of the training list', () => {
  const found = { kind: 'samples', scores: [5, 1, 4, 0, 3], removed: [0, 2], poisoned: [0, 4] } as const;

  it('are counted against what is poisoned', () => {
    const rows = detection(found);
    expect(rows.find(({ metric }) => metric === 'detection-recall')).toMatchObject({ value: 0.5, hits: 1, n: 2 });
    expect(rows.find(({ metric }) => metric === 'detection-fpr')).toMatchObject({ value: 1 / 3, hits: 1, n: 3 });
    expect(valueOf(rows, 'detection-precision')).toBe(0.5);
    expect(valueOf(rows, 'detection-f1')).toBe(0.5);
    // 5 above 1, 4, 0; 3 above 1, 0.
    expect(valueOf(rows, 'detection-auc')).toBeCloseTo(5 / 6, 12);
  });

  it('without an attack have a false positive rate and nothing else', () => {
    const rows = detection({ ...found, poisoned: [] });
    expect(valueOf(rows, 'detection-fpr')).toBe(2 / 5);
    for (const metric of ['detection-recall', 'detection-f1', 'detection-auc'])
      expect(rows.find((row) => row.metric === metric)).toMatchObject({
        value: null,
        unmeasuredBecause: expect.stringContaining('no attack') as string,
      });
    expect(valueOf(rows, 'detection-precision')).toBe(0);
  });

  it('without a score have no area', () => {
    expect(detection({ ...found, scores: [5, null, 4, 0, 3] }).find(({ metric }) => metric === 'detection-auc')).toMatchObject({
      value: null,
    });
  });
});

describe('inputs', () => {
  const suspect = (score: number, ...words: number[]): SuspectInput => ({ score, changes: words.map((word) => ({ program: 0, word })) });
  const found: SingledOutInputs = {
    kind: 'inputs',
    clean: [suspect(0), suspect(2, 7), suspect(0), suspect(1)],
    triggered: [suspect(3, 1, 4), suspect(1), null, suspect(1)],
    triggerWords: [[1, 4].map((word) => ({ program: 0, word })), [{ program: 0, word: 2 }], [], []],
  };

  it('carry a trigger or are clean; a triggered form that equals the clean one is no positive', () => {
    const rows = detection(found);
    expect(rows.find(({ metric }) => metric === 'detection-recall')).toMatchObject({ hits: 1, n: 2 });
    expect(rows.find(({ metric }) => metric === 'detection-fpr')).toMatchObject({ hits: 1, n: 4 });
    expect(rows.find(({ metric }) => metric === 'trigger-words-removed')).toMatchObject({ hits: 2, n: 3 });
    expect(valueOf(rows, 'clean-words-removed')).toBe(0.25);
  });

  it('of a clean model have no recall', () => {
    const rows = detection({ ...found, triggered: null, triggerWords: [[], [], [], []] });
    expect(valueOf(rows, 'detection-recall')).toBeNull();
    expect(valueOf(rows, 'trigger-words-removed')).toBeNull();
    expect(valueOf(rows, 'detection-fpr')).toBe(0.25);
  });

  it('of which none is clean lose no words: that is not measured', () => {
    const rows = detection({ ...found, clean: [] });
    expect(rows.find(({ metric }) => metric === 'clean-words-removed')).toMatchObject({
      value: null,
      unmeasuredBecause: 'nothing is clean',
    });
  });
});

describe('changedWords', () => {
  const sample = (...texts: string[]) => ({ programs: texts.map((text) => makeProgram(text)) });
  const words = (before: string, after: string): number[] => changedWords(sample(before), sample(after)).map(({ word }) => word);

  it('are the renamed ones, or what was inserted', () => {
    expect(words('int f ( ) { f ; }', 'int g ( ) { g ; }')).toEqual([1, 5]);
    expect(words('a b c d', 'a b x y c d')).toEqual([2, 3]);
    expect(words('a b', 'x a b')).toEqual([0]);
    expect(words('a b', 'a b x')).toEqual([2]);
    expect(words('a b', 'a b')).toEqual([]);
    expect(changedWords(sample('a', 'b c'), sample('a', 'b z'))).toEqual([{ program: 1, word: 1 }]);
    expect(changedWords(sample('a'), null)).toEqual([]);
  });

  it('of an inserted statement that begins as the next one are those of its own line', () => {
    const clean = sample('{ int a ; }');
    const tokens = '{ int t = 9 ; int a ; }'.split(' ');
    const gaps = tokens.map((_, index) => (index === 1 || index === 6 ? '\n' : ' '));
    const found = changedWords(clean, { programs: [makeProgram(tokens, { gaps })] });
    expect(found.map(({ word }) => word)).toEqual([1, 2, 3, 4, 5]);
    expect(words('{ int a ; }', '{ int t = 9 ; int a ; }')).toEqual([2, 3, 4, 5, 6]);
  });

  it('are exactly as many as were inserted, and what is left without them is the clean program', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
    fc.assert(
      fc.property(texts, texts, fc.nat(8), (before, inserted, at) => {
        fc.pre(before.length > 0 && inserted.length > 0);
        const place = Math.min(at, before.length);
        const after = before.toSpliced(place, 0, ...inserted);
        const found = new Set(words(before.join(' '), after.join(' ')));
        expect(found.size).toBe(inserted.length);
        expect(after.filter((_, index) => !found.has(index))).toEqual(before);
      }),
    );
  });
});
