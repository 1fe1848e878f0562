/** Takes run records into the store, from this repository or from another machine's folder. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { importMeasurements } from './import.ts';
import { readRecords, writeRecord } from './records.ts';
import { fromRecord, type Taken, takeInRuns } from './runs.ts';
import { openStore, type Store } from './store.ts';

/**
 * Idempotent: a second call changes nothing. With `adoptInto` the records taken from elsewhere are also written there, so that
 * the store can still be rebuilt from that one folder.
 */
export async function collect(options: { recordsDir: string; storePath: string; adoptInto?: string }): Promise<Taken> {
  const store = await openStore(options.storePath);
  try {
    return await collectInto(store, options.recordsDir, options.adoptInto);
  } finally {
    store.close();
  }
}

/** As `collect`, into an open store. */
export async function collectInto(store: Store, recordsDir: string, adoptInto?: string): Promise<Taken> {
  const records = readRecords(recordsDir);
  const taken = await takeInRuns(store, records.map(fromRecord));
  if (adoptInto !== undefined && resolve(adoptInto) !== resolve(recordsDir)) {
    const wanted = new Set([...taken.added, ...taken.replaced]);
    for (const record of records) if (wanted.has(record.run)) writeRecord(adoptInto, record);
  }
  return taken;
}

/** The store of a results folder, brought up to date: first its records, then the committed exports for runs it has no record of. */
export async function openResults(resultsDir: string): Promise<Store> {
  const store = await openStore(join(resultsDir, 'store.duckdb'));
  try {
    const records = join(resultsDir, 'records');
    if (existsSync(records)) await collectInto(store, records);
    const exported = join(resultsDir, 'measurements.csv');
    if (existsSync(exported)) await importMeasurements(store, exported);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}
