/** CoSQA's queries and code base to samples: every function is in the pool, some are asked for. */
import type { Sample } from '../../../core/contracts.ts';
import { UserError } from '../../../core/errors.ts';
import { queryOf, withoutDocstring } from '../../code-search.ts';
import type { LoadContext } from '../../corpus.ts';
import type { Files } from '../../files.ts';
import type { Layout } from '../../locate.ts';
import { readParquet } from '../../parquet.ts';
import { preprocessAll } from '../../preprocess-all.ts';
import { functionOf, identifierOf } from '../../rows.ts';
import type { Size } from '../../sizes.ts';
import { subsample } from '../../subsample.ts';

export type Role = 'functions' | 'queries';

export const layouts: readonly Layout<Role>[] = [
  { name: 'Parquet', files: { functions: ['codebase.parquet'], queries: ['queries_test.parquet'] } },
];

interface Query {
  /** Place in the list of queries, from 0. */
  readonly row: number;
  readonly text: string;
}

interface Entry {
  readonly row: number;
  readonly source: string;
  readonly docstring: string | null;
  readonly queries: readonly Query[];
  /** 1: asked for. A draw keeps the share of these. */
  readonly label: number;
}

/**
 * A sample a function, in the code base's order; a function that several queries ask for is in as many samples, which share its program.
 * @param size functions
 */
export async function loadCosqa({ files }: Files<Role>, size: Size, context: LoadContext): Promise<Sample[]> {
  const entries = await readEntries(files.functions[0]!.path, files.queries[0]!.path);
  const kept = subsample(entries, size, context.rng.fork('test'), 'cosqa.test');
  const sources = kept.map(({ source }) => source);
  const programs = await preprocessAll(sources, kept.length, 'python', 'test', context);
  const samples: Sample[] = [];
  for (const [index, { row, docstring, queries }] of kept.entries()) {
    const program = docstring === null ? programs[index]! : await withoutDocstring(programs[index]!, docstring);
    const id = `cosqa/test/${row}`;
    if (queries.length === 0) samples.push({ id, label: 1, programs: [program] });
    for (const query of queries) samples.push({ id: `${id}/${query.row}`, label: 1, programs: [program], query: query.text });
  }
  return samples;
}

async function readEntries(functions: string, queries: string): Promise<Entry[]> {
  const rows = await readParquet(functions, { idx: ['INTEGER', 'BIGINT', 'VARCHAR'], docstring: ['VARCHAR'], code: ['VARCHAR'] });
  if (rows.length === 0) throw new UserError(functions, 'no function', 'at least one');
  const asked = new Map<string, Query[]>();
  for (const [row, { idx }] of rows.entries()) {
    const id = identifierOf(idx, 'idx', `${functions}, row ${row}`);
    if (asked.has(id)) throw new UserError(`${functions}, row ${row}`, `idx ${id} is there for the second time`, 'one function an idx');
    asked.set(id, []);
  }
  await readQueries(queries, functions, asked);
  return rows.map(({ idx, docstring, code }, row) => {
    const list = asked.get(String(idx))!;
    const source = functionOf(code, 'code', `${functions}, row ${row}`);
    return { row, source, docstring: queryOf(docstring), queries: list, label: Math.min(1, list.length) };
  });
}

/** Puts each query into the list of the function that it asks for. */
async function readQueries(path: string, functions: string, asked: ReadonlyMap<string, Query[]>): Promise<void> {
  const rows = await readParquet(path, { query: ['VARCHAR'], retrieval_idx: ['INTEGER', 'BIGINT', 'VARCHAR'] });
  if (rows.length === 0) throw new UserError(path, 'no query', 'at least one');
  for (const [row, { query, retrieval_idx: wanted }] of rows.entries()) {
    const place = `${path}, row ${row}`;
    const list = asked.get(identifierOf(wanted, 'retrieval_idx', place));
    if (list === undefined) throw new UserError(place, `retrieval_idx ${String(wanted)} is no function of ${functions}`, 'one of its idx');
    const text = queryOf(query);
    if (text === null) throw new UserError(place, 'query has no text', 'a question in words');
    list.push({ row, text });
  }
}
