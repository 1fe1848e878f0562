/** Records: written whole, read strictly, and never with a value that has neither number nor reason. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Measurement } from '../core/contracts.ts';
import { madeUpRecord, madeUpRecords, quantity, rate, unmeasured } from '../testing/made-up-records.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readRecords, writeRecord } from './records.ts';
import { runRecordSchema } from './schema.ts';

const withMeasurement = (measurement: Measurement) => madeUpRecord({ measurements: [measurement] });
const isAccepted = (measurement: Measurement): boolean => runRecordSchema.safeParse(withMeasurement(measurement)).success;

describe('the law of missing values', () => {
  test('a value is missing if and only if a reason is given; zero is a value', () => {
    expect(isAccepted(rate('asr', 'all-victim', 0, 10))).toBe(true);
    expect(isAccepted(quantity('ld', '', 0))).toBe(true);
    expect(isAccepted(unmeasured('asr', '', 'no sample'))).toBe(true);
    expect(isAccepted({ ...quantity('ld', '', 3), value: null })).toBe(false);
    expect(isAccepted({ ...quantity('ld', '', 3), unmeasuredBecause: 'but it was' })).toBe(false);
    expect(isAccepted(unmeasured('asr', '', ''))).toBe(false);
  });

  test('a rate agrees with its counts', () => {
    expect(isAccepted({ ...rate('acc', '', 1, 3), value: 0.33 })).toBe(false);
    expect(isAccepted({ ...rate('acc', '', 1, 3), hits: 4 })).toBe(false);
    expect(isAccepted({ ...rate('acc', '', 1, 3), n: null })).toBe(false);
    expect(isAccepted(rate('acc', '', 1, 3))).toBe(true);
  });

  test('numbers that JSON cannot hold are refused before they turn into null', () => {
    for (const value of [Number.NaN, Infinity]) {
      expect(() => writeRecord(temporaryFolder(), withMeasurement(quantity('ld', '', value)))).toThrow(/ld|number/);
    }
  });

  test('one fact has one place', () => {
    const twice = madeUpRecord({ measurements: [rate('acc', '', 1, 2), rate('acc', '', 2, 2)] });
    expect(() => writeRecord(temporaryFolder(), twice)).toThrow('two measurements “acc”');
    const point = { series: 's', curve: 'c', step: 1, label: null, value: 1 };
    expect(() => writeRecord(temporaryFolder(), madeUpRecord({ traces: [point, { ...point, value: 2 }] }))).toThrow(
      'two trace points “s c 1”',
    );
  });
});

describe('record files', () => {
  test('what is written is read back, sorted by run, and leaves no draft', () => {
    const folder = temporaryFolder();
    for (const record of madeUpRecords) writeRecord(folder, record);
    const byRun = [...madeUpRecords].sort((a, b) => (a.run < b.run ? -1 : 1));
    expect(readRecords(folder)).toEqual(byRun);
    expect(readdirSync(folder)).toHaveLength(madeUpRecords.length);
    expect(madeUpRecords.length).toBeGreaterThan(15);
  });

  test('a second write of the same record gives the same bytes', () => {
    const folder = temporaryFolder();
    const path = writeRecord(folder, madeUpRecord());
    const first = readFileSync(path, 'utf8');
    writeRecord(folder, madeUpRecord());
    expect(readFileSync(path, 'utf8')).toBe(first);
  });

  test.each([
    ['half a file', '{"schema": 1, "run"', /is not a readable JSON file/],
    ['another version', JSON.stringify({ ...madeUpRecord(), schema: 2 }), /is not a run record[^]*schema/],
    ['an unknown key', JSON.stringify({ ...madeUpRecord(), colour: 'red' }), /is not a run record[^]*colour/],
    ['another run', JSON.stringify(madeUpRecord({ run: 'other' })), /holds run “other”/],
  ])('%s is an error that names the file', (_, content, message) => {
    const folder = temporaryFolder();
    writeRecord(folder, madeUpRecord({ seed: 7 }));
    writeFileSync(join(folder, 'broken.json'), content);
    expect(() => readRecords(folder)).toThrow(message);
    expect(() => readRecords(folder)).toThrow(join(folder, 'broken.json'));
  });

  test('a run key that would leave the folder is refused', () => {
    expect(() => writeRecord(temporaryFolder(), madeUpRecord({ run: '../elsewhere' }))).toThrow('a key has letters');
  });

  test('a folder that cannot be written to or read from is told by name', () => {
    const file = join(temporaryFolder(), 'a-file');
    writeFileSync(file, '');
    expect(() => writeRecord(file, madeUpRecord())).toThrow(/a-file.*cannot be written/);
    expect(() => readRecords(join(file, 'nowhere'))).toThrow(/nowhere: cannot be read/);
  });
});
