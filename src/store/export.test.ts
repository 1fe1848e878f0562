/** The committed form of results: the same bytes for the same runs, and the same runs from the bytes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { madeUpRecord, madeUpRecords, rate } from '../testing/made-up-records.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openResults } from './collect.ts';
import { exportMeasurements } from './export.ts';
import { importMeasurements } from './import.ts';
import { writeRecord } from './records.ts';
import { fromRecord, readRuns, takeInRuns } from './runs.ts';
import { openStore, type Store } from './store.ts';

async function storeWith(records = madeUpRecords): Promise<Store> {
  const store = await openStore(':memory:');
  onTestFinished(() => store.close());
  await takeInRuns(store, records.map(fromRecord));
  return store;
}

const bytes = (files: readonly string[]): string[] => files.map((file) => readFileSync(file, 'utf8'));

test('export, import into an empty store, export: the same runs and the same bytes', async () => {
  const [first, second] = [await storeWith(), await storeWith([])];
  const here = await exportMeasurements(first, join(temporaryFolder(), 'measurements.csv'), { runs: 'all' });
  expect((await importMeasurements(second, here[0]!)).added).toHaveLength(madeUpRecords.length);
  expect(await readRuns(second)).toEqual(await readRuns(first));
  expect((await importMeasurements(second, here[0]!)).unchanged).toHaveLength(madeUpRecords.length);
  const there = await exportMeasurements(second, join(temporaryFolder(), 'measurements.csv'), { runs: 'all' });
  expect(bytes(there)).toEqual(bytes(here));
  expect(there.map((file) => file.split('/').at(-1))).toEqual(['measurements.csv', 'runs.csv', 'traces.csv']);
});

test('a runs.csv from before the last stage’s start was kept is still read', async () => {
  const [first, second] = [await storeWith([madeUpRecord()]), await storeWith([])];
  const [path, runsPath] = await exportMeasurements(first, join(temporaryFolder(), 'measurements.csv'), { runs: 'all' });
  const now = readFileSync(runsPath!, 'utf8');
  const before = now.replace(/""lastStageAt"":""[^"]*"",/, '');
  expect(before).not.toBe(now);
  writeFileSync(runsPath!, before);
  await importMeasurements(second, path!);
  const [run] = await readRuns(second);
  expect(run!.provenance).toMatchObject({ startedAt: '2000-01-02T03:04:05.000Z', lastStageAt: null });
});

test('the order of taking in does not show', async () => {
  const [first, second] = [await storeWith(), await storeWith([...madeUpRecords].reverse())];
  const files = await Promise.all(
    [first, second].map((store) => exportMeasurements(store, join(temporaryFolder(), 'm.csv'), { runs: 'all' })),
  );
  expect(bytes(files[1]!)).toEqual(bytes(files[0]!));
});

test('one fact a row, unrounded, zero as 0, a gap with its reason', async () => {
  const record = madeUpRecord({ measurements: [rate('acc', '', 1, 3), rate('asr', 'all-victim', 0, 120)] });
  const gap = madeUpRecord({
    seed: 2,
    measurements: [{ metric: 'bleu', subset: '', value: null, hits: null, n: null, unmeasuredBecause: 'none, "really"' }],
  });
  const [path] = await exportMeasurements(await storeWith([record, gap]), join(temporaryFolder(), 'm.csv'), { runs: 'all' });
  const identity = (run: string, seed: number): string =>
    `${run},made-up,defect,synthetic-defect,roberta-tiny,scratch,codebert,codepoisoner,undefended,,${seed}`;
  expect(readFileSync(path!, 'utf8').split('\n').slice(1)).toEqual([
    `${identity(record.run, 1)},acc,,0.3333333333333333,1,3,`,
    `${identity(record.run, 1)},asr,all-victim,0,0,120,`,
    `${identity(gap.run, 2)},bleu,,,,,"none, ""really"""`,
    '',
  ]);
});

test('named runs alone are exported; an unknown one is refused with the nearest', async () => {
  const store = await storeWith();
  const run = madeUpRecords[1]!.run;
  const [path] = await exportMeasurements(store, join(temporaryFolder(), 'm.csv'), { runs: [run] });
  const runs = new Set(
    readFileSync(path!, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]),
  );
  expect([...runs]).toEqual([run]);
  await expect(exportMeasurements(store, path!, { runs: [`${run.slice(0, -1)}x`] })).rejects.toThrow(`did you mean “${run}”?`);
});

test('a fresh clone has what was committed; a record is believed before an export of the same run', async () => {
  const results = temporaryFolder();
  await exportMeasurements(await storeWith(), join(results, 'measurements.csv'), { runs: 'all' });
  const known = { ...madeUpRecords[0]!, measurements: [rate('acc', '', 1, 250)] };
  writeRecord(join(results, 'records'), known);
  for (const _ of ['first opening', 'second opening']) {
    const store = await openResults(results);
    const runs = await readRuns(store);
    store.close();
    expect(runs).toHaveLength(madeUpRecords.length);
    expect(runs.find((run) => run.run === known.run)!.measurements).toEqual(known.measurements);
  }
});

test('files that do not belong together, or were edited into nonsense, are refused by name', async () => {
  const path = join(temporaryFolder(), 'measurements.csv');
  const files = await exportMeasurements(await storeWith(), path, { runs: 'all' });
  const [measurements, runs, traces] = bytes(files) as [string, string, string];
  const importing = async (edit: { m?: string; r?: string; t?: string }): Promise<unknown> => {
    writeFileSync(files[0]!, edit.m ?? measurements);
    writeFileSync(files[1]!, edit.r ?? runs);
    writeFileSync(files[2]!, edit.t ?? traces);
    return importMeasurements(await storeWith([]), path);
  };
  const run = madeUpRecords[1]!.run;
  await expect(importing({ m: measurements.replace(run, 'stranger') })).rejects.toThrow(
    /measurements\.csv: “stranger · [^]*is not in .*runs\.csv/,
  );
  await expect(importing({ t: `${traces}stranger,s,c,1,,2\n` })).rejects.toThrow(/traces\.csv: run “stranger” is not in/);
  await expect(importing({ m: measurements.replace(/,100?,250,/, ',1,250,').replace(/,(\d+),250,/, ',251,250,') })).rejects.toThrow(
    /measurements\.csv, run .*: [^]*251 hits of 250/,
  );
  await expect(importing({ r: runs.replace(/"\{""commits[^\n]*/, '{') })).rejects.toThrow(/runs\.csv, run .*: “\{” is not JSON/);
  await expect(importing({ m: measurements.replace(',value,', ',worth,') })).rejects.toThrow('line 1: the header is');
  expect(await importing({})).toMatchObject({ kept: [] });
});
