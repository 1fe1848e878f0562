/** The paper's numbers against what exhibits.md says of them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseReported, readReported, reportedPath } from './reported.ts';

const rows = readReported();
const count = (exhibit: string, status = 'printed'): number =>
  rows.filter((row) => row.exhibit === exhibit && row.status === status).length;

test('each exhibit has the numbers that exhibits.md 3 counts', () => {
  expect(rows).toHaveLength(1099);
  expect(count('table-1')).toBe(270);
  expect(rows.filter((row) => row.exhibit === 'table-1' && row.status === 'printed' && row.value === null)).toHaveLength(18);
  expect([count('table-2'), count('table-3'), count('table-4'), count('table-5'), count('table-6')]).toEqual([18, 18, 27, 8, 12]);
  expect([count('figure-9', 'read-from-figure'), count('figure-4', 'read-from-figure')]).toEqual([300, 100]);
});

test('a value is as printed, zero is zero and a dash is null', () => {
  const value = (model: string, task: string, attack: string, defense: string, metric: string): number | null | undefined =>
    rows.find(
      (r) =>
        r.exhibit === 'table-1' &&
        r.setting === '' &&
        [r.model, r.task, r.attack, r.defense, r.metric].join() === [model, task, attack, defense, metric].join(),
    )?.value;
  expect(value('codebert', 'defect', 'codepoisoner', 'elibadcode', 'asr')).toBe(0.24);
  expect(value('codebert', 'defect', 'codepoisoner', 'undefended', 'asr')).toBe(100);
  expect(value('codebert', 'search', 'codepoisoner', 'dbs', 'mrr')).toBeNull();
  expect(rows.find((r) => r.exhibit === 'figure-6' && r.model === 'unixcoder' && r.setting === 'token=Float')?.value).toBe(0);
});

test('a wrong header, number, unit or status is refused with its line', () => {
  const [header, first] = readFileSync(reportedPath, 'utf8').split('\n') as [string, string];
  const parse = (line: string): unknown => parseReported(`${header}\n${first}\n${line}\n`, 'reported.csv');
  expect(parse(first)).toHaveLength(2);
  expect(() => parseReported(`${first}\n`, 'reported.csv')).toThrow('reported.csv line 1: the header is');
  expect(() => parse(first.replace('63.07', '63.07%'))).toThrow('reported.csv line 3, value: “63.07%” is not a number');
  expect(() => parse(first.replace('printed', 'guessed'))).toThrow(/line 3[^]*status/);
  expect(() => parse(first.replace('percent', 'per cent'))).toThrow(/line 3[^]*unit/);
  expect(() => parse(first.replace('codebert', 'codebart'))).toThrow(/line 3[^]*model/);
  expect(() => parse(first.slice(0, -15))).toThrow('line 3');
});
