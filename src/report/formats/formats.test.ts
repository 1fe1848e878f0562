/** Rounding, signs and escaping: the only place where numbers turn into text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reported } from '../../core/contracts.ts';
import type { Cell, Table } from '../table.ts';
import { quantities } from '../vocabulary.ts';
import { csvOf } from './csv.ts';
import { cellText, makeFootnotes } from './footnotes.ts';
import { latexOf } from './latex.ts';
import { markdownOf } from './markdown.ts';
import { formatCounts, formatReported, formatValue, shortReason } from './numbers.ts';
import { heading, withoutRepeats } from './words.ts';

const cell = (facts: Partial<Cell> = {}): Cell => ({
  value: 0.5,
  unit: 'rate',
  hits: 1,
  n: 2,
  seeds: [1],
  plannedSeeds: 1,
  interval: { low: 0.25, high: 0.75, method: 'wilson' },
  runs: ['r1'],
  reported: null,
  missingBecause: null,
  shortfall: [],
  ...facts,
});
const reported = (value: number | null, facts: Partial<Reported> = {}): Reported => ({
  exhibit: 'table-1',
  model: 'codebert',
  task: 'defect',
  attack: 'a',
  defense: 'd',
  setting: '',
  metric: 'asr',
  value,
  unit: 'percent',
  status: 'printed',
  note: 'P Table 1',
  ...facts,
});
const table = (cells: readonly Cell[], labels = ['A', 'ASR']): Table => ({
  title: 'A table',
  stubs: ['Attack', 'Metric'],
  columns: cells.map((_, at) => ({ title: `C${at}`, quantity: null })),
  rows: [{ labels, quantity: quantities.asr, cells }],
  notes: [],
  provenance: { runs: ['r1'], commits: ['abcdef0123456789'], dirty: true, devices: ['cpu'] },
});

describe('numbers', () => {
  test.each([
    [0, 'rate', '0'],
    [1, 'rate', '100'],
    [3 / 1255, 'rate', '0.24'],
    [0.9, 'rate', '90.00'],
    [0.99996, 'rate', '100.00'],
    [0.00004, 'rate', '<0.01'],
    [-0.00004, 'points', '>−0.01'],
    [-0.325, 'points', '−32.50'],
    [-0, 'points', '0'],
    [0.81, 'score', '0.81'],
    [6, 'characters', '6'],
    [6.5, 'characters', '6.5'],
    [31.25, 'seconds', '31.3'],
    [536870912, 'bytes', '512'],
    [-6.1, 'none', '−6.100'],
  ] as const)('%d as %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  test('only zero prints as 0, and only all of them as 100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20000 }), fc.integer({ min: 1, max: 20000 }), (hits, n) => {
        fc.pre(hits <= n);
        const text = formatValue(hits / n, 'rate');
        expect(text === '0').toBe(hits === 0);
        expect(text === '100').toBe(hits === n);
      }),
    );
  });

  test('the paper’s values: as printed, read from a figure, a dash, no such cell', () => {
    expect([100, 90, 0, 0.24].map((value) => formatReported(reported(value)))).toEqual(['100', '90.00', '0', '0.24']);
    expect(formatReported(reported(44.5, { status: 'read-from-figure' }))).toBe('≈44.50');
    expect(formatReported(reported(1360, { unit: 'seconds' }))).toBe('1360');
    expect(formatReported(reported(null))).toBe('–');
    expect(formatReported(null)).toBe('');
  });

  test('what stands behind a value', () => {
    expect(formatCounts(cell({ hits: 3, n: 1255 }))).toBe('3/1,255');
    expect(formatCounts(cell({ hits: null, n: 1255, seeds: [1, 2, 3], plannedSeeds: 3 }))).toBe('3 seeds × 1,255');
    expect(formatCounts(cell({ hits: 3, n: 1255, plannedSeeds: 3 }))).toBe('3/1,255; 1 of 3 seeds');
    expect(formatCounts(cell({ hits: null, n: null, seeds: [1, 2], plannedSeeds: 3 }))).toBe('2 of 3 seeds');
    expect(formatCounts(cell({ hits: null, n: null }))).toBeNull();
  });

  test('a reason fits the cell or leaves the rest to a footnote', () => {
    expect(shortReason('not run')).toEqual({ label: 'not run', detail: null });
    expect(shortReason('–')).toEqual({ label: '–', detail: null });
    expect(shortReason('failed: the loss is NaN').label).toBe('failed');
    expect(shortReason('dbs is not implemented: later').label).toBe('not implemented');
    expect(shortReason('no test sample belongs to this subset')).toEqual({
      label: 'no value',
      detail: 'no test sample belongs to this subset',
    });
  });
});

test('footnotes are lettered by first appearance and shared', () => {
  const footnotes = makeFootnotes();
  const marks = ['x', 'y', 'x'].map(
    (reason) => cellText(cell({ value: null, missingBecause: `failed: because of ${reason}` }), footnotes).mark,
  );
  expect(marks).toEqual(['a', 'b', 'a']);
  for (let i = 0; i < 24; i++) footnotes.markOf(`reason ${i}`);
  expect(footnotes.markOf('the 27th')).toBe('aa');
});

test('headings and repeated labels', () => {
  expect(heading('ASR', quantities.asr)).toBe('ASR % ↓');
  expect(heading('inversion', { unit: 'seconds', direction: 'neither' })).toBe('inversion, s');
  // prettier-ignore
  expect(withoutRepeats([['a', 'x', '1'], ['a', 'x', '2'], ['a', 'y', '1'], ['b', 'y', '1']])).toEqual([['a', 'x', '1'], ['', '', '2'], ['', 'y', '1'], ['b', 'y', '1']]);
});

describe('renderers', () => {
  const missing = cell({ value: null, missingBecause: 'failed: inversion: NaN', interval: null, hits: null, n: null });

  test('Markdown: ours and the paper’s side by side, the reason below, provenance at the end', () => {
    const text = markdownOf('Title', [table([cell({ reported: reported(0.24) }), missing])]);
    expect(text).toContain('| A | ASR % ↓ | 50.00 [25.00, 75.00] (1/2) | 0.24 | failed [a] |\n');
    expect(text).toContain('- [a] failed: inversion: NaN');
    expect(text).toContain('1 run; commit abcdef012345 with uncommitted changes; computed on cpu.');
    expect(text).toContain('`r1`');
  });

  test('LaTeX: a rule under each pair of columns, wherever it begins', () => {
    const text = latexOf('t', 'T', [table([cell(), cell({ reported: reported(0.24) }), cell(), cell({ reported: reported(1) })])]);
    expect(text).toContain('\\begin{tabular}{llrrrrrr}');
    expect(text).toContain(
      ' &  & C0 & \\multicolumn{2}{c}{C1} & C2 & \\multicolumn{2}{c}{C3} \\\\\n\\cmidrule(lr){4-5} \\cmidrule(lr){7-8}\n',
    );
  });

  test('F1 says what its counts are', () => {
    const f1: Table = { ...table([cell()]), rows: [{ labels: ['A', 'F1'], quantity: quantities.f1, cells: [cell()] }] };
    expect(markdownOf('T', [f1])).toContain('2·tp/(2·tp + fp + fn)');
    expect(markdownOf('T', [table([cell()])])).not.toContain('2·tp');
  });

  test('without a published value there is no column for it', () => {
    expect(markdownOf('T', [table([cell()])])).toContain('| Attack | Metric | C0 |\n');
    expect(latexOf('t', 'T', [table([cell()])])).toContain('Attack & Metric & C0 \\\\');
  });

  test('a trigger with syntax in it stays text', () => {
    const hostile = table([cell()], ['a|b*c\n<d>', '50% \\ {x}_$y^~#&']);
    expect(markdownOf('T', [hostile])).toContain('| a\\|b\\*c \\<d\\> |');
    expect(latexOf('t', 'T', [hostile])).toContain(
      'a|b*c $<$d$>$ & 50\\% \\textbackslash{} \\{x\\}\\_\\$y\\textasciicircum{}\\textasciitilde{}\\#\\& \\% $\\downarrow$ &',
    );
  });

  test('CSV: nothing rounded, a gap is empty with its reason', () => {
    const [, first, second] = csvOf([table([cell({ value: 1 / 3, reported: reported(0.24) }), missing])]).split('\n');
    expect(first).toBe(
      'A table,A > ASR,C0,asr,all-victim,rate,lower,0.3333333333333333,1,2,1,1,0.25,0.75,wilson,,,0.24,percent,printed,P Table 1,r1',
    );
    expect(second).toBe('A table,A > ASR,C1,asr,all-victim,rate,lower,,,,1,1,,,,failed: inversion: NaN,,,,,,r1');
  });
});
