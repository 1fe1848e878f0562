/** Run records: one JSON file a run, the source of everything in the store, so that parallel and remote runs share no writer. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunRecord } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { writeAtomically } from '../core/fs.ts';
import { runRecordSchema } from './schema.ts';

/** Writes `dir/<run>.json` whole or not at all, and gives its path. A record that breaks the schema is a fault of ours: it throws. */
export function writeRecord(dir: string, record: RunRecord): string {
  const checked = runRecordSchema.safeParse(record);
  if (!checked.success) throw new TypeError(`record of run ${record.run}: ${z.prettifyError(checked.error)}`);
  const path = join(dir, `${record.run}.json`);
  try {
    writeAtomically(path, `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    throw new UserError(path, `cannot be written: ${reasonOf(error)}`, 'a folder we may write to on a disk with space; then run again');
  }
  return path;
}

/** Every `*.json` of a folder, by run key; one broken file is an error that names it, because a skipped run would be a silent hole. */
export function readRecords(dir: string): RunRecord[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    throw new UserError(dir, `cannot be read: ${reasonOf(error)}`, 'a folder of run records, <run>.json each');
  }
  return names
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readRecord(join(dir, file), file.slice(0, -'.json'.length)));
}

function readRecord(path: string, run: string): RunRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(
      path,
      `is not a readable JSON file: ${reasonOf(error)}`,
      'a whole record; delete the file and run again, or copy it again',
    );
  }
  const checked = runRecordSchema.safeParse(parsed);
  if (!checked.success)
    throw new UserError(path, `is not a run record:\n${z.prettifyError(checked.error)}`, 'a record that this version wrote');
  if (checked.data.run !== run) throw new UserError(path, `holds run “${checked.data.run}”`, `a file named ${checked.data.run}.json`);
  return checked.data;
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
