/** CoSQA's loader on small made-up files, on damaged ones, and on the real files where they are. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { dataFolder, describeIn } from '../../testing/folders.ts';
import { writeParquet } from '../../testing/parquet.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { readCard } from '../card.ts';
import { openFiles } from '../files.ts';
import type { Size } from '../sizes.ts';
import { cosqa } from './cosqa.ts';
import { layouts, loadCosqa } from './cosqa/load.ts';

const codebase = `SELECT i::BIGINT AS idx, 'Does f' || i AS docstring, 'def f' || i || '(): return 1' AS code FROM range(4) t(i)`;
const queries = `SELECT * FROM (VALUES ('how to  one', 1), ('what is one', 1), ('three?', 3)) t(query, retrieval_idx)`;

interface Given {
  readonly functions?: string;
  readonly asked?: string;
  readonly size?: Size;
}
async function load({ functions = codebase, asked = queries, size = 'all' }: Given = {}): Promise<Sample[]> {
  const folder = temporaryFolder();
  await writeParquet(join(folder, 'codebase.parquet'), functions);
  await writeParquet(join(folder, 'queries_test.parquet'), asked);
  const files = await openFiles({ card: readCard('cosqa'), layouts, folders: [folder] }, 'ignore');
  return loadCosqa(files, size, { rng: makeRng(1) });
}

test('a sample a function, and one for each query that asks for it', async () => {
  const samples = await load();
  expect(samples.map(({ id, query }) => [id, query])).toEqual([
    ['cosqa/test/0', undefined],
    ['cosqa/test/1/0', 'how to one'],
    ['cosqa/test/1/1', 'what is one'],
    ['cosqa/test/2', undefined],
    ['cosqa/test/3/2', 'three?'],
  ]);
  expect(samples[1]!.programs[0]).toBe(samples[2]!.programs[0]);
  expect(samples.every((sample) => sample.label === 1)).toBe(true);
  expect('query' in samples[0]!).toBe(false);
});

test('a draw of functions keeps the share of those that are asked for', async () => {
  const functions = codebase.replace('range(4)', 'range(40)');
  const samples = await load({ functions, size: 20 });
  expect(new Set(samples.map(({ programs }) => programs[0])).size).toBe(20);
  expect(new Set(samples.filter(({ query }) => query !== undefined).map(({ programs }) => programs[0])).size).toBe(1);
});

describe('what a wrong file gets', () => {
  test.each([
    ['a missing column', { asked: "SELECT 'a' AS query" }, 'no column “retrieval_idx” among query VARCHAR'],
    ['an unknown identifier', { asked: "SELECT 'a' AS query, 9 AS retrieval_idx" }, 'row 0: retrieval_idx 9 is no function of '],
    ['a query without text', { asked: "SELECT ' ' AS query, 1 AS retrieval_idx" }, 'row 0: query has no text'],
    ['no queries', { asked: `${queries} LIMIT 0` }, 'queries_test.parquet: no query'],
    ['no functions', { functions: `${codebase} LIMIT 0` }, 'codebase.parquet: no function'],
    ['a function twice', { functions: `${codebase} UNION ALL ${codebase}` }, 'is there for the second time'],
    ['a function without text', { functions: "SELECT i AS idx, 'a' AS docstring, '' AS code FROM range(4) t(i)" }, 'code has no text'],
  ])('%s', async (_, changed, message) => {
    await expect(load(changed)).rejects.toThrow(message);
  });
});

describeIn(dataFolder('cosqa/codebase.parquet'), 'the real files', () => {
  test('are of a known edition; a tenth of the code base holds a tenth of the queries', async () => {
    const params = cosqa.params.parse({ train: 20, valid: 10, test: 627 });
    expect(Object.keys(await cosqa.identify(params))).toEqual(['train', 'valid', 'functions', 'queries']);
    const { train, test: tested } = await cosqa.load(params, { rng: makeRng(1) });
    expect(train).toHaveLength(20);
    expect(new Set(tested.map(({ programs }) => programs[0])).size).toBe(627);
    // 472 of 6,267 functions are asked for.
    expect(new Set(tested.filter(({ query }) => query !== undefined).map(({ programs }) => programs[0])).size).toBe(47);
  });
});
