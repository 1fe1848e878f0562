/** BigCloneBench's loader on small made-up files of both layouts, on damaged ones, and on the real files where they are. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Sample, SplitName } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { dataFolder, describeIn } from '../../testing/folders.ts';
import { writeParquet } from '../../testing/parquet.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { readCard } from '../card.ts';
import { openFiles, type Files } from '../files.ts';
import { bigclonebench } from './bigclonebench.ts';
import { loadPairs, type Cut } from './bigclonebench/load.ts';
import { layouts, type Role } from './bigclonebench/read.ts';

/** Functions 10 to 15; every list pairs each with the next, every second pair a clone. */
const functions = [10, 11, 12, 13, 14, 15].map((idx) => ({ func: `int f${idx}(int a) { return a; }`, idx: String(idx) }));
const pairs = [10, 11, 12, 13, 14].map((idx) => `${idx}\t${idx + 1}\t${idx % 2}\n`).join('');

const codexglue: Readonly<Record<string, string>> = {
  'data.jsonl': functions.map((row) => `${JSON.stringify(row)}\n`).join(''),
  'train.txt': pairs,
  'valid.txt': '14\t15\t1\n',
  'test.txt': '10\t10\t1\n10\t12\t0\n',
};

function textFolder(changed: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries({ ...codexglue, ...changed })) writeFileSync(join(folder, name), content);
  return folder;
}

async function parquetFolder(changed: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = temporaryFolder();
  const selects = {
    data: functions.map(({ idx, func }) => `SELECT '${idx}' AS idx, '${func}' AS func`).join(' UNION ALL '),
    train: `SELECT (10 + i)::VARCHAR AS idx1, (11 + i)::VARCHAR AS idx2, (i % 2)::TINYINT AS label FROM range(5) t(i)`,
    valid: `SELECT 14 AS idx1, 15 AS idx2, true AS label`,
    test: `SELECT '10' AS idx1, '10' AS idx2, 1 AS label UNION ALL SELECT '10', '12', 0`,
    ...changed,
  };
  for (const [name, select] of Object.entries(selects)) await writeParquet(join(folder, `${name}.parquet`), select);
  return folder;
}

const open = (folder: string): Promise<Files<Role>> => openFiles({ card: readCard('bigclonebench'), layouts, folders: [folder] }, 'ignore');

type Cuts = Partial<Record<SplitName, Partial<Cut>>>;
async function load(folder: string, cuts: Cuts = {}, seed = 1): Promise<Record<SplitName, Sample[]>> {
  const cut = (split: SplitName): Cut => ({ size: 'all', fraction: 1, ...cuts[split] });
  return loadPairs(await open(folder), { train: cut('train'), valid: cut('valid'), test: cut('test') }, { rng: makeRng(seed) });
}

describe('whole files', () => {
  test('CodeXGLUE’s layout: samples with stable ids that share programs over all splits', async () => {
    const { train, valid, test: tested } = await load(textFolder());
    expect(train.map(({ id, label }) => [id, label])).toEqual([0, 1, 0, 1, 0].map((label, row) => [`bigclonebench/train/${row}`, label]));
    expect(train[0]!.programs.map((program) => program.functionName)).toEqual(['f10', 'f11']);
    expect(train[1]!.programs[0]).toBe(train[0]!.programs[1]);
    expect(valid[0]!.programs[0]).toBe(train[4]!.programs[0]);
    expect(tested[0]!.programs[0]).toBe(tested[0]!.programs[1]);
  });
  test('the Parquet layout: the same samples', async () => {
    expect(await load(await parquetFolder())).toEqual(await load(textFolder()));
  });
  test('a size keeps the share of labels, a fraction does not ask for labels, and both keep ids', async () => {
    const many = Array.from({ length: 100 }, (_, row) => `10\t11\t${row < 90 ? 1 : 0}\n`).join('');
    const folder = textFolder({ 'train.txt': many });
    const { train } = await load(folder, { train: { size: 10 } });
    expect(train.filter(({ label }) => label === 0)).toHaveLength(1);
    const whole = await load(folder);
    const shares = new Set<number>();
    for (let seed = 0; seed < 8; seed++) {
      const drawn = (await load(folder, { train: { fraction: 0.29 } }, seed)).train;
      expect(drawn).toHaveLength(29);
      expect(whole.train).toEqual(expect.arrayContaining(drawn));
      shares.add(drawn.filter(({ label }) => label === 0).length);
    }
    expect(shares.size).toBeGreaterThan(1);
    expect((await load(folder, { train: { fraction: 0.5, size: 20 } })).train).toHaveLength(20);
    await expect(load(folder, { train: { fraction: 0.001 } })).rejects.toThrow('0.001 of 100 pairs is none');
  });
  test('only functions of drawn pairs are preprocessed', async () => {
    const phases: number[] = [];
    const folder = textFolder({ 'train.txt': '10\t11\t1\n', 'valid.txt': '10\t11\t1\n', 'test.txt': '10\t11\t1\n' });
    const whole = { size: 'all', fraction: 1 } as const;
    const progress = ({ total }: { total: number }): unknown => phases.push(total);
    await loadPairs(await open(folder), { train: whole, valid: whole, test: whole }, { rng: makeRng(1), progress });
    expect(phases).toEqual([2]);
  });
});

describe('what a wrong file gets', () => {
  test.each<[string, Record<string, string | Uint8Array>, string]>([
    [
      'a missing field',
      { 'data.jsonl': '{"func":"int f() {}"}\n' },
      'data.jsonl, line 1: no field “idx” among func\n  accepted: idx, func',
    ],
    [
      'a function twice',
      { 'data.jsonl': `${codexglue['data.jsonl']!}{"func":"x","idx":"10"}` },
      'line 7: idx 10 is there for the second time',
    ],
    ['a function without text', { 'data.jsonl': '{"func":"","idx":"10"}' }, 'line 1: func has no text'],
    ['an identifier that is none', { 'data.jsonl': '{"func":"x","idx":null}' }, 'line 1: idx is null\n  accepted: a number or text'],
    ['an unknown identifier', { 'train.txt': '10\t11\t1\n10\t99\t1\n' }, 'train.txt, line 2: idx2 99 is no function of '],
    ['a bad label', { 'test.txt': '10\t11\t2\n' }, 'test.txt, line 1: label is 2\n  accepted: 0 or 1'],
    ['a missing column', { 'valid.txt': '10\t11\n' }, 'valid.txt, line 1: 2 columns\n  accepted: idx1, idx2 and label, with tabs'],
    ['an empty split', { 'valid.txt': '' }, 'valid.txt: no pairs in split valid\n  accepted: at least one'],
    ['bytes that are no UTF-8', { 'data.jsonl': Buffer.from('{"func":"\xff","idx":"1"}', 'latin1') }, 'line 1: bytes that are no UTF-8'],
  ])('CodeXGLUE’s layout: %s', async (_, changed, message) => {
    await expect(load(textFolder(changed))).rejects.toThrow(message);
  });
  test.each([
    ['a missing column', { train: 'SELECT 10 AS idx1, 1 AS label' }, 'no column “idx2” among idx1 INTEGER, label INTEGER'],
    ['an unknown identifier', { test: "SELECT '10' AS idx1, '99' AS idx2, 1 AS label" }, 'test.parquet, row 0: idx2 99 is no function of '],
    ['a bad label', { test: 'SELECT 10 AS idx1, 11 AS idx2, NULL::INTEGER AS label' }, 'test.parquet, row 0: label is null'],
    ['an empty split', { valid: 'SELECT 10 AS idx1, 11 AS idx2, 1 AS label LIMIT 0' }, 'valid.parquet: no pairs in split valid'],
  ])('Parquet: %s', async (_, changed, message) => {
    await expect(load(await parquetFolder(changed))).rejects.toThrow(message);
  });
  test('files of both layouts, a missing file, files of no edition', async () => {
    const both = await parquetFolder();
    writeFileSync(join(both, 'train.txt'), pairs);
    await expect(open(both)).rejects.toThrow(`${both}: files of 2 layouts: Parquet, CodeXGLUE\n  accepted: files of one layout`);
    const part = textFolder();
    rmSync(join(part, 'data.jsonl'));
    await expect(open(part)).rejects.toThrow(`${part}: no file for “functions”\n  accepted: data.jsonl`);
    const unknown = openFiles({ card: readCard('bigclonebench'), layouts, folders: [textFolder()] }, 'verify');
    await expect(unknown).rejects.toThrow(
      /data\.jsonl: sha256 [0-9a-f]{64} is not known\n {2}accepted: [0-9a-f]{64} \(sampled\); or checksum/,
    );
  });
});

describeIn(dataFolder('bigclonebench/train.parquet'), 'the real files', () => {
  test('are of a known edition, and 90,102 pairs are made of 7,302 functions', async () => {
    const params = bigclonebench.params.parse({ train: 40, valid: 10, test: 20 });
    expect(Object.keys(await bigclonebench.identify(params))).toEqual(['functions', 'train', 'valid', 'test']);
    const loaded = await bigclonebench.load(params, { rng: makeRng(1) });
    const clones = (split: SplitName): number => loaded[split].filter(({ label }) => label === 1).length;
    expect([clones('train'), clones('valid'), clones('test')]).toEqual([20, 5, 10]);
    expect(loaded.test.every(({ programs }) => programs.length === 2 && programs[0]!.tokens.length > 5)).toBe(true);
  });
});
