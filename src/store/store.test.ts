/** The store: idempotent, all or nothing, lawful, held by one process, rebuilt from records. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { madeUpRecord, madeUpRecords, madeUpStage, rate } from '../testing/made-up-records.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { collect, openResults } from './collect.ts';
import { explained } from './duckdb.ts';
import { readRecords, writeRecord } from './records.ts';
import { fromRecord, readReportedRows, readRuns, takeInRuns } from './runs.ts';
import { openStore, type Store } from './store.ts';

async function memoryStore(): Promise<Store> {
  const store = await openStore(':memory:');
  onTestFinished(() => store.close());
  return store;
}

const countOf = async (store: Store, table: string): Promise<number> =>
  (await store.rows(z.strictObject({ count: z.number() }), `SELECT count(*) AS count FROM ${table}`))[0]!.count;

test('every record comes back with all it holds, stages condensed to their provenance', async () => {
  const store = await memoryStore();
  const record = madeUpRecord({
    notes: { trigger: 'a "b"\n∅' },
    measurements: [rate('acc', '', 1, 3), rate('asr', 'all-victim', 0, 7)],
    stages: [
      madeUpStage('s1'),
      madeUpStage('s2', {
        seed: null,
        provenance: { ...madeUpStage('s').provenance, commit: null, dirty: true, device: 'gpu', startedAt: '1999-01-01T00:00:00Z' },
      }),
    ],
  });
  await takeInRuns(store, [record, ...madeUpRecords.filter(({ run }) => run !== record.run)].map(fromRecord));
  const runs = await readRuns(store);
  expect(runs).toHaveLength(madeUpRecords.length);
  const { schema: _schema, stages: _stages, ...rest } = record;
  expect(runs.find((run) => run.run === record.run)).toEqual({
    ...rest,
    provenance: {
      commits: ['0123456789abcdef0123456789abcdef01234567'],
      dirty: true,
      devices: ['cpu: an invented one', 'gpu'],
      startedAt: '1999-01-01T00:00:00Z',
      lastStageAt: '2000-01-02T03:04:05.000Z',
    },
  });
  const [stage] = await store.rows(
    z.looseObject({ device: z.string(), seed: z.null(), peak_memory_bytes: z.number() }),
    `SELECT * FROM stage WHERE key = 's2'`,
  );
  expect(stage).toMatchObject({ device: 'gpu', peak_memory_bytes: 123456789, params: '{"epochs":2}' });
  expect(await readReportedRows(store)).toHaveLength(1099);
  expect(await readReportedRows(store, 'table-2')).toHaveLength(18);
});

test('taking in twice changes nothing; the same key replaces', async () => {
  const store = await memoryStore();
  const before = madeUpRecord({ measurements: [rate('acc', '', 1, 3), rate('asr', 'carriers', 1, 3)] });
  const after = { ...before, measurements: [rate('acc', '', 2, 3)] };
  expect(await takeInRuns(store, [fromRecord(before)])).toMatchObject({ added: [before.run], replaced: [] });
  expect(await takeInRuns(store, [fromRecord(before)])).toMatchObject({ added: [], replaced: [], unchanged: [before.run] });
  expect(await takeInRuns(store, [fromRecord(after)])).toMatchObject({ added: [], replaced: [before.run] });
  expect((await readRuns(store)).map((run) => run.measurements)).toEqual([after.measurements]);
});

test('a failure does not replace a success, a success replaces a failure', async () => {
  const store = await memoryStore();
  const success = madeUpRecord({ measurements: [rate('acc', '', 1, 3)] });
  const failure = { ...success, measurements: [], failedBecause: 'the disk was full' };
  await takeInRuns(store, [fromRecord(failure)]);
  expect((await takeInRuns(store, [fromRecord(success)])).replaced).toEqual([success.run]);
  expect((await takeInRuns(store, [fromRecord(failure)])).kept).toEqual([success.run]);
  expect((await readRuns(store))[0]).toMatchObject({ failedBecause: null });
});

test('the database itself refuses a value with a reason, a gap without one, and impossible counts', async () => {
  const store = await memoryStore();
  const insert = (value: string, hits: string, n: string, reason: string): Promise<void> =>
    store.run(`INSERT INTO measurement VALUES ('r', 'asr', '', ${value}, ${hits}, ${n}, ${reason})`);
  await expect(insert('NULL', 'NULL', 'NULL', 'NULL')).rejects.toThrow('CHECK constraint failed');
  await expect(insert('1', 'NULL', 'NULL', `'why'`)).rejects.toThrow('CHECK constraint failed');
  await expect(insert(`'NaN'`, 'NULL', 'NULL', 'NULL')).rejects.toThrow('CHECK constraint failed');
  await expect(insert('1', '3', '2', 'NULL')).rejects.toThrow('CHECK constraint failed');
  await insert('0', '0', '2', 'NULL');
  expect(await countOf(store, 'measurement')).toBe(1);
});

test('a fault in the middle leaves the store as it was', async () => {
  const store = await memoryStore();
  await takeInRuns(store, [fromRecord(madeUpRecord())]);
  const good = fromRecord(madeUpRecord({ seed: 2, measurements: [rate('acc', '', 1, 3)] }));
  const bad = fromRecord(madeUpRecord({ seed: 3, measurements: [{ ...rate('acc', '', 1, 3), value: null }] }));
  await expect(takeInRuns(store, [good, bad])).rejects.toThrow('CHECK constraint failed');
  expect([await countOf(store, 'run'), await countOf(store, 'measurement')]).toEqual([1, 0]);
  expect((await takeInRuns(store, [good])).added).toHaveLength(1);
});

test('records of another machine are taken in and, where asked, adopted', async () => {
  const [here, there] = [temporaryFolder(), temporaryFolder()];
  const [ours, theirs] = [madeUpRecord(), madeUpRecord({ seed: 2 })];
  writeRecord(join(here, 'records'), ours);
  writeRecord(there, theirs);
  writeRecord(there, ours);
  const storePath = join(here, 'store.duckdb');
  expect(await collect({ recordsDir: join(here, 'records'), storePath })).toMatchObject({ added: [ours.run] });
  expect(await collect({ recordsDir: there, storePath, adoptInto: join(here, 'records') })).toEqual({
    added: [theirs.run],
    replaced: [],
    unchanged: [ours.run],
    kept: [],
  });
  expect(readRecords(join(here, 'records'))).toHaveLength(2);
  // The store is only a mirror.
  rmSync(storePath);
  const store = await openResults(here);
  onTestFinished(() => store.close());
  expect(await readRuns(store)).toHaveLength(2);
});

test('one broken record stops the collection and names the file; nothing is taken in', async () => {
  const folder = temporaryFolder();
  writeRecord(folder, madeUpRecord());
  writeFileSync(join(folder, 'zzz.json'), '{');
  const storePath = join(temporaryFolder(), 'store.duckdb');
  await expect(collect({ recordsDir: folder, storePath })).rejects.toThrow('zzz.json');
  const store = await openStore(storePath);
  onTestFinished(() => store.close());
  expect(await readRuns(store)).toEqual([]);
});

test('a second process is told who holds the store and what to do', async () => {
  const path = join(temporaryFolder(), 'store.duckdb');
  const hold = `import { DuckDBInstance } from '@duckdb/node-api';
    globalThis.held = await DuckDBInstance.create(process.argv[1]); process.stdout.write('held'); process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', hold, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  await once(child.stdout, 'data');
  await expect(openStore(path)).rejects.toThrow(new RegExp(`store\\.duckdb: is in use by process ${child.pid} [^]*wait until it ends`));
  child.kill();
  await once(child, 'exit');
  (await openStore(path)).close();
});

test('a file that is no store, and a store of another version, say that deleting them loses nothing', async () => {
  const path = join(temporaryFolder(), 'store.duckdb');
  writeFileSync(path, 'not a database, but long enough to be read as one'.repeat(500));
  await expect(openStore(path)).rejects.toThrow(/cannot be read[^]*delete it and repeat, it is rebuilt/);
  rmSync(path);
  const store = await openStore(path);
  await store.run(`UPDATE meta SET content = '0' WHERE name = 'version'`);
  store.close();
  await expect(openStore(path)).rejects.toThrow(/another version \(0\)[^]*delete it, it is rebuilt from records/);
  expect(existsSync(path)).toBe(true);
});

test('a full disk is told as such; an error of ours stays as it was thrown', () => {
  const full = new Error('IO Error: Could not write file "x": No space left on device');
  expect(String(explained('s.duckdb', full))).toMatch(/s\.duckdb: cannot be written[^]*free some space[^]*Nothing is lost/);
  const ours = new Error('Parser Error: syntax error');
  expect(explained('s.duckdb', ours)).toBe(ours);
});
