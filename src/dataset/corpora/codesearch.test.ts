/** Code search's loader on small made-up files of both layouts, on damaged ones, and on the real files where they are. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { dataFolder, describeIn } from '../../testing/folders.ts';
import { writeParquet } from '../../testing/parquet.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { codeSearchSource, loadQueries, queryOf, type Undocumented } from '../code-search.ts';
import { openFiles, sumsOf, type Files } from '../files.ts';
import type { Size } from '../sizes.ts';
import { codesearch } from './codesearch.ts';

interface Row {
  readonly docstring: string | null;
  readonly code: string;
}

/** A function as CodeSearchNet has it, docstring and all. */
const documented = (name: string): Row => ({
  docstring: `Does ${name}\n    well.\n\n    :param a: what`,
  code: `def ${name}(a):\n    """Does ${name}\n    well.\n\n    :param a: what\n    """\n    return a  # done`,
});
const undocumented: Row = { docstring: ' \n ', code: 'def g(a):\n    return a' };
const inFile = (file: number): Row[] => [0, 1, 2].map((row) => documented(`f${file}${row}`));

const linesOf = (rows: readonly Row[]): string =>
  rows.map((row) => `${JSON.stringify({ ...row, func_name: 'x', code_tokens: [] })}\n`).join('');

/** Two training files and one of each other split. */
function jsonFolder(changed: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = temporaryFolder();
  const files = { 'train/python_train_0': linesOf(inFile(0)), 'train/python_train_1': linesOf(inFile(1)), ...changed };
  for (const [name, content] of Object.entries({
    'valid/python_valid_0': linesOf(inFile(2)),
    'test/python_test_0': linesOf(inFile(3)),
    ...files,
  })) {
    const path = join(folder, 'python/final/jsonl', `${name}.jsonl.gz`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? gzipSync(content) : content);
  }
  return folder;
}

async function parquetFolder(test: string): Promise<string> {
  const folder = temporaryFolder();
  const select = (rows: readonly Row[]): string =>
    rows.map(({ docstring, code }) => `SELECT '${docstring ?? ''}' AS docstring, '${code}' AS code, 1 AS idx`).join(' UNION ALL ');
  await writeParquet(join(folder, 'train.parquet'), select([...inFile(0), ...inFile(1)]));
  await writeParquet(join(folder, 'valid.parquet'), select(inFile(2)));
  await writeParquet(join(folder, 'test.parquet'), test === '' ? select(inFile(3)) : test);
  return folder;
}

const open = (folder: string): Promise<Files<'train' | 'valid' | 'test'>> =>
  openFiles({ ...codeSearchSource(), folders: [folder] }, 'ignore');

interface Given {
  readonly size?: Size;
  readonly undocumented?: Undocumented;
}
async function load(folder: string, split: 'train' | 'test' = 'test', given: Given = {}): Promise<Sample[]> {
  return loadQueries(await open(folder), split, { size: 'all', undocumented: 'refuse', ...given }, { rng: makeRng(1) });
}

test.each([
  ['One line.', 'One line.'],
  ['  Two\n    lines.\n \n  :param a:', 'Two lines.'],
  ['a\tb\u00a0c', 'a b c'],
  ['\n\n  late\n\nlater', 'late'],
  [' \n ', null],
  [null, null],
])('the query of %j', (docstring, expected) => {
  expect(queryOf(docstring)).toBe(expected);
});

describe('whole files', () => {
  test('CodeSearchNet’s layout: files in order, first paragraphs as queries, no docstring in the code', async () => {
    const folder = jsonFolder();
    expect(Object.keys(sumsOf(await open(folder)))).toEqual(['train/0', 'train/1', 'valid', 'test']);
    const train = await load(folder, 'train');
    expect(train.map(({ id, query }) => [id, query])).toEqual(
      ['f00', 'f01', 'f02', 'f10', 'f11', 'f12'].map((name, row) => [`codesearch/train/${row}`, `Does ${name} well.`]),
    );
    expect(train[3]!.programs[0]!.tokens.join(' ')).toBe('def f10 ( a ) : return a');
    expect(train.every(({ label }) => label === 1)).toBe(true);
  });
  test('eleven files come in the order of their numbers', async () => {
    const files = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`train/python_train_${n}`, linesOf([documented(`n${n}`)])]));
    const names = (await load(jsonFolder(files), 'train')).map(({ programs }) => programs[0]!.functionName);
    expect(names).toEqual(Array.from({ length: 11 }, (_, n) => `n${n}`));
  });
  test('the Parquet layout: the same samples', async () => {
    expect(await load(await parquetFolder(''), 'train')).toEqual(await load(jsonFolder(), 'train'));
  });
  test('a draw keeps ids and order', async () => {
    const [whole, two] = [await load(jsonFolder(), 'train'), await load(jsonFolder(), 'train', { size: 2 })];
    expect(two).toHaveLength(2);
    expect(whole.filter(({ id }) => two.some((sample) => sample.id === id))).toEqual(two);
  });
  test('a docstring on the line of the header does not stay either', async () => {
    const code = 'def f(a): r"""Does f\nwell."""; return a';
    const [sample] = await load(jsonFolder({ 'test/python_test_0': linesOf([{ docstring: 'Does f\nwell.', code }]) }));
    expect(sample!.programs[0]!.tokens.join(' ')).toBe('def f ( a ) : pass ; return a');
    const other = 'def f(a): "else"; return a';
    const [kept] = await load(jsonFolder({ 'test/python_test_0': linesOf([{ docstring: 'Does f', code: other }]) }));
    expect(kept!.programs[0]!.tokens.join(' ')).toBe('def f ( a ) : "else" ; return a');
  });
});

describe('what a wrong file gets', () => {
  test('a function without a docstring: its line, or left out', async () => {
    const folder = jsonFolder({ 'test/python_test_0': linesOf([documented('a'), undocumented, documented('b')]) });
    await expect(load(folder)).rejects.toThrow(
      /python_test_0\.jsonl\.gz, line 2: a function without a docstring\n {2}accepted: a docstring with text, or undocumented: "drop"/,
    );
    const kept = await load(folder, 'test', { undocumented: 'drop' });
    expect(kept.map(({ id, query }) => [id, query])).toEqual([
      ['codesearch/test/0', 'Does a well.'],
      ['codesearch/test/2', 'Does b well.'],
    ]);
    const none = jsonFolder({ 'test/python_test_0': linesOf([undocumented]) });
    await expect(load(none, 'test', { undocumented: 'drop' })).rejects.toThrow('no function in split test');
    const parquet = await parquetFolder("SELECT NULL::VARCHAR AS docstring, 'def f(): pass' AS code");
    await expect(load(parquet)).rejects.toThrow('test.parquet, row 0: a function without a docstring');
  });
  test.each<[string, string | Uint8Array, string]>([
    ['a missing field', '{"docstring":"a"}\n', 'line 1: no field “code” among docstring\n  accepted: docstring, code'],
    ['a function without text', '{"docstring":"a","code":null}\n', 'line 1: code has no text'],
    ['an empty split', '', 'python_test_0.jsonl.gz: no function in split test\n  accepted: at least one'],
    ['a truncated file', gzipSync(linesOf(inFile(0)).repeat(50)).subarray(0, 150), 'cannot be read: '],
    ['bytes that are no UTF-8', gzipSync(Buffer.from('{"code":"\xff"}', 'latin1')), 'line 1: bytes that are no UTF-8 text'],
    ['no JSON', 'def f(): pass', 'line 1: no JSON'],
  ])('%s', async (_, content, message) => {
    await expect(load(jsonFolder({ 'test/python_test_0': content }))).rejects.toThrow(message);
  });
  test.each([
    ['a missing column', "SELECT 'a' AS docstring", 'no column “code” among docstring VARCHAR'],
    ['an empty split', "SELECT 'a' AS docstring, 'b' AS code LIMIT 0", 'test.parquet: no function in split test'],
  ])('Parquet: %s', async (_, select, message) => {
    await expect(load(await parquetFolder(select))).rejects.toThrow(message);
  });
  test('a file missing among numbered ones; files of no edition', async () => {
    const folder = jsonFolder({ 'train/python_train_2': linesOf(inFile(4)) });
    rmSync(join(folder, 'python/final/jsonl/train/python_train_1.jsonl.gz'));
    await expect(open(folder)).rejects.toThrow('python_train_1.jsonl.gz: is missing');
    const unknown = openFiles({ ...codeSearchSource(), folders: [jsonFolder()] }, 'verify');
    await expect(unknown).rejects.toThrow(/python_train_0\.jsonl\.gz: sha256 [0-9a-f]{64} is not known\n {2}accepted: checksum: "ignore"/);
  });
});

describeIn(dataFolder('codesearch/train.parquet'), 'the real files', () => {
  test('are of a known edition and give queries with functions', async () => {
    const params = codesearch.params.parse({ train: 20, valid: 10, test: 30 });
    expect(Object.keys(await codesearch.identify(params))).toEqual(['train', 'valid', 'test']);
    const { train, valid, test: tested } = await codesearch.load(params, { rng: makeRng(1) });
    expect([train.length, valid.length, tested.length]).toEqual([20, 10, 30]);
    expect(tested.every(({ query, programs }) => query !== undefined && programs[0]!.bodyStart !== null)).toBe(true);
  });
});
