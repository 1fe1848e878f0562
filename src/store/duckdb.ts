/** The edges of DuckDB: values in, plain values out, and its errors in words that say what to do. */
import { type DuckDBAppender, type DuckDBConnection, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { UserError } from '../core/errors.ts';
import { reasonOf } from './records.ts';

export type Value = string | number | boolean | null;

/** Appends rows in the order of the table's columns. */
export async function appendRows(connection: DuckDBConnection, table: string, rows: readonly (readonly Value[])[]): Promise<void> {
  const appender = await connection.createAppender(table);
  const types = Array.from({ length: appender.columnCount }, (_, column) => appender.columnType(column));
  for (const row of rows) {
    if (row.length !== types.length) throw new RangeError(`${table}: ${row.length} values for ${types.length} columns`);
    row.forEach((value, column) => appendOne(appender, value, types[column]!));
    appender.endRow();
  }
  appender.closeSync();
}

function appendOne(appender: DuckDBAppender, value: Value, type: DuckDBType): void {
  if (value === null) appender.appendNull();
  else appender.appendValue(typeof value === 'number' && type.typeId === DuckDBTypeId.BIGINT ? BigInt(value) : value, type);
}

/** BIGINT as a number; all we store fits. */
export function plainRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]));
}

/** What went wrong with the store at `path`, and what its owner can do; what we cannot name stays as it was thrown. */
export function explained(path: string, error: unknown): unknown {
  const reason = reasonOf(error);
  const lock = /Conflicting lock is held in (.*?) \(PID (\d+)\)/.exec(reason);
  const nothingLost = 'Nothing is lost: records are the source.';
  if (lock !== null || /Could not set lock/.test(reason)) {
    const holder = lock === null ? 'another process' : `process ${lock[2]} (${lock[1]})`;
    return new UserError(path, `is in use by ${holder}`, `one process at a time: wait until it ends, then repeat. ${nothingLost}`);
  }
  if (/No space left|Could not write|out of disk space/i.test(reason)) {
    return new UserError(path, `cannot be written: ${reason}`, `free some space, delete the store and repeat. ${nothingLost}`);
  }
  if (/^(IO Error|Serialization Error|INTERNAL Error)/.test(reason)) {
    return new UserError(path, `cannot be read: ${reason}`, `a store of this version; delete it and repeat, it is rebuilt. ${nothingLost}`);
  }
  return error;
}
