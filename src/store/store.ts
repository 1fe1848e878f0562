/**
 * The results store: one DuckDB file that answers every report. It only mirrors records (records.ts) and the committed exports
 * (export.ts): deleting it loses nothing, and one process at a time holds it.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { keyOf } from '../core/hash.ts';
import { appendRows, explained, plainRow, type Value } from './duckdb.ts';
import { readReported } from './reported.ts';
import { metaRow, storeVersion, tables } from './tables.ts';

export interface Store {
  readonly path: string;
  /** Rows of a query, each checked by `schema`; whole numbers arrive as numbers. */
  rows<Row>(schema: z.ZodType<Row>, sql: string, values?: readonly Value[]): Promise<Row[]>;
  run(sql: string, values?: readonly Value[]): Promise<void>;
  /** Appends rows in the order of the table's columns. */
  append(table: string, rows: readonly (readonly Value[])[]): Promise<void>;
  /** All of `work`, or none of it. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** Opens the store and creates what is missing; `:memory:` for tests. */
export async function openStore(path: string): Promise<Store> {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const instance = await DuckDBInstance.create(path).catch((error: unknown) => {
    throw explained(path, error);
  });
  const connection = await instance.connect();
  const store = storeOn(path, connection, () => instance.closeSync());
  try {
    await prepare(store);
  } catch (error) {
    store.close();
    throw error;
  }
  return store;
}

function storeOn(path: string, connection: DuckDBConnection, closeInstance: () => void): Store {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explained(path, error);
    }
  };
  const store: Store = {
    path,
    rows: (schema, sql, values = []) =>
      guarded(async () => {
        const reader = await connection.runAndReadAll(sql, [...values]);
        return reader.getRowObjectsJS().map((row) => schema.parse(plainRow(row)));
      }),
    run: (sql, values = []) =>
      guarded(async () => {
        await connection.run(sql, [...values]);
      }),
    append: (table, rows) => guarded(() => appendRows(connection, table, rows)),
    async transaction(work) {
      await store.run('BEGIN');
      try {
        const result = await work();
        await store.run('COMMIT');
        return result;
      } catch (error) {
        // After a failed COMMIT there is nothing left to roll back; the first error is the one to tell.
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
    close() {
      connection.closeSync();
      closeInstance();
    },
  };
  return store;
}

/** Tables, version, and the paper's numbers as they now stand in the repository. */
async function prepare(store: Store): Promise<void> {
  for (const sql of tables) await store.run(sql);
  const facts = await store.rows(metaRow, 'SELECT name, content FROM meta');
  const fact = (name: string): string | undefined => facts.find((row) => row.name === name)?.content;
  if ((fact('version') ?? storeVersion) !== storeVersion) {
    throw new UserError(
      store.path,
      `was made by another version (${fact('version')})`,
      `version ${storeVersion}: delete it, it is rebuilt from records`,
    );
  }
  const reported = readReported();
  const digest = keyOf(JSON.stringify(reported));
  if (fact('version') === storeVersion && fact('reported') === digest) return;
  await store.transaction(async () => {
    await store.run('DELETE FROM reported');
    await store.append(
      'reported',
      reported.map((r, at) => [
        at,
        r.exhibit,
        r.model,
        r.task,
        r.attack,
        r.defense,
        r.setting,
        r.metric,
        r.value,
        r.unit,
        r.status,
        r.note,
      ]),
    );
    await store.run('INSERT OR REPLACE INTO meta VALUES ($1, $2), ($3, $4)', ['version', storeVersion, 'reported', digest]);
  });
}
