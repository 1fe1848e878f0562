/** Lines of a source, and which of them is reported. */
import { describe, expect, it, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { makeProgram } from '../../testing/program.ts';
import { linesOf, withoutLine } from './lines.ts';
import { reportLine, type ReportSettings } from './report.ts';

const settings: ReportSettings = { outliers: 'iqr', contamination: 0.1, ignoreBraces: true };

describe('lines', () => {
  const source = makeProgram(['int', 'f', '(', ')', '{', 'return', '1', ';', '}'], {
    gaps: ['\n', ' ', '', '', '\n', '\r\n\n  ', ' ', '', '\n'],
  });
  const short = makeProgram('return 1 ;');
  const sample = (...programs: Sample['programs']): Sample => ({ id: 'a', label: 1, programs });

  it('begin where white space before a token has a line break', () => {
    expect(linesOf(sample(source))).toEqual([
      { program: 0, words: [0, 1, 2, 3], isOnlyBraces: false },
      { program: 0, words: [4], isOnlyBraces: true },
      { program: 0, words: [5, 6, 7], isOnlyBraces: false },
      { program: 0, words: [8], isOnlyBraces: true },
    ]);
  });

  it('are those of both programs of a pair; a program of one line keeps it', () => {
    expect(linesOf(sample(short, source)).map(({ program }) => program)).toEqual([1, 1, 1, 1]);
    expect(linesOf(sample(short, short))).toEqual([]);
    expect(linesOf(sample(makeProgram([])))).toEqual([]);
  });

  it('are left out word by word', () => {
    expect(withoutLine({ program: 1, words: [2, 3], isOnlyBraces: false })).toEqual([
      { program: 1, word: 2, ids: [] },
      { program: 1, word: 3, ids: [] },
    ]);
  });
});

const report = (without: readonly number[], whole: number, over: Partial<ReportSettings> = {}, braces: readonly number[] = []) => {
  const lines = without.map((_, index) => ({ index, isOnlyBraces: braces.includes(index) }));
  const found = reportLine(lines, without, whole, { ...settings, ...over }, makeRng(1));
  return found === null ? null : [found.line.index, found.change];
};

const calm = [0.1, 0.11, 0.12, 0.1, 0.11, 0.12, 0.11, 0.1, 0.12];

test.each([
  { whole: 0.125, without: [...calm, 0.875, 0.75], found: [9, 0.75] },
  { whole: 0.875, without: [...calm.map((p) => 1 - p), 0.125, 0.25], found: [9, 0.75] },
  // The first of equal ones.
  { whole: 0.125, without: [...calm, 0.875, 0.875], found: [9, 0.75] },
  // Outliers, and the class stays.
  { whole: 0.125, without: [...calm, 0.45, 0], found: null },
  // Another class, and no outlier.
  { whole: 0.45, without: [0.4, 0.45, 0.5, 0.55, 0.4, 0.45], found: null },
  { whole: 0.125, without: [], found: null },
])('of lines without which p is $without where it was $whole: $found', ({ whole, without, found }) => {
  expect(report(without, whole)).toEqual(found);
});

test('a reported line of braces counts for nothing, unless that is switched off; the next line is not taken instead', () => {
  const without = [...calm, 0.875, 0.75];
  expect(report(without, 0.125, {}, [9])).toBeNull();
  expect(report(without, 0.125, { ignoreBraces: false }, [9])).toEqual([9, 0.75]);
  expect(report(without, 0.125, {}, [10])).toEqual([9, 0.75]);
});
