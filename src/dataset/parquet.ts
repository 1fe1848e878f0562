/** Rows of one Parquet file through DuckDB, with what is wrong about a file said in words. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { UserError } from '../core/errors.ts';

/** Column -> accepted DuckDB types. */
export type Columns<Name extends string> = Readonly<Record<Name, readonly string[]>>;

/** Every row's `columns`, in file order. Further columns are ignored; a missing one, or another type, is a `UserError`. */
export async function readParquet<Name extends string>(file: string, columns: Columns<Name>): Promise<Record<Name, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await checkColumns(connection, file, columns);
    const names = Object.keys(columns) as Name[];
    const reader = await query(connection, file, `SELECT ${names.map((name) => `"${name}"`).join(', ')} FROM read_parquet($1)`);
    return reader.getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Names of a file's columns, in its order. */
export async function parquetColumns(file: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return [...(await columnTypes(connection, file)).keys()];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function columnTypes(connection: DuckDBConnection, file: string): Promise<Map<string, string>> {
  const reader = await query(connection, file, 'DESCRIBE SELECT * FROM read_parquet($1)');
  return new Map(reader.getRowsJS().map(([name, type]) => [name, type] as [string, string]));
}

async function checkColumns(connection: DuckDBConnection, file: string, columns: Columns<string>): Promise<void> {
  const found = await columnTypes(connection, file);
  const list = [...found].map(([name, type]) => `${name} ${type}`).join(', ');
  for (const [name, types] of Object.entries(columns)) {
    const type = found.get(name);
    if (type === undefined) throw new UserError(file, `no column “${name}” among ${list}`, Object.keys(columns).join(', '));
    if (!types.includes(type)) throw new UserError(file, `column “${name}” has type ${type}`, types.join(' or '));
  }
}

async function query(connection: DuckDBConnection, file: string, sql: string): ReturnType<DuckDBConnection['runAndReadAll']> {
  try {
    return await connection.runAndReadAll(sql, [file]);
  } catch (error) {
    // DuckDB puts the query below its message, which helps nobody here.
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    throw new UserError(file, `cannot be read: ${reason}`, 'a whole Parquet file with UTF-8 text');
  }
}
