/** Devign's loader on small made-up files of both layouts, on damaged ones, and on the real files where they are. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SplitName } from '../../core/contracts.ts';
import { sha256 } from '../../core/hash.ts';
import { makeRng } from '../../core/rng.ts';
import { dataFolder, describeIn } from '../../testing/folders.ts';
import { writeParquet } from '../../testing/parquet.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { readCard, type Card } from '../card.ts';
import { openFiles as open, type Files, type Source } from '../files.ts';
import { corpusFolders } from '../locate.ts';
import { devign } from './devign.ts';
import { layouts, loadSplit } from './devign/load.ts';

const rows = { train: 6, valid: 2, test: 4 };
const splits = Object.keys(rows) as SplitName[];

/** `count` functions written for this test, every second one defective. */
const ours = (count: number): string =>
  `SELECT 'qemu' AS project, i::INTEGER AS pos, (i % 2)::TINYINT AS target, 'int f' || i || '(int a) { return a; }' AS func, NULL::INTEGER AS idx FROM range(${count}) t(i)`;
const official = (count: number): string =>
  `SELECT i AS id, 'int f' || i || '(int a) { return a; }' AS func, i % 2 = 1 AS target, 'qemu' AS project, 'abc' AS commit_id FROM range(${count}) t(i)`;

async function folderWith(select: (count: number) => string, fileOf = (split: SplitName): string => `${split}.parquet`): Promise<string> {
  const folder = temporaryFolder();
  for (const split of splits) await writeParquet(join(folder, fileOf(split)), select(rows[split]));
  return folder;
}

/** A card that knows exactly the files of `folder`. */
function cardOf(folder: string): Card {
  const each = <T>(value: (split: SplitName) => T): Record<SplitName, T> =>
    Object.fromEntries(splits.map((split) => [split, value(split)])) as Record<SplitName, T>;
  return {
    ...readCard('devign'),
    counts: each((split) => ({ samples: rows[split], labels: { '0': rows[split] / 2, '1': rows[split] / 2 } })),
    editions: [{ name: 'made up', what: 'for a test', sha256: each((split) => sha256(readFileSync(join(folder, `${split}.parquet`)))) }],
  };
}

const openFiles = (source: Omit<Source<SplitName>, 'layouts'>, checksum: 'verify' | 'ignore'): Promise<Files<SplitName>> =>
  open({ ...source, layouts }, checksum);

const load = (folder: string, card: Card, split: SplitName = 'test', count: number | 'all' = 'all'): ReturnType<typeof loadSplit> =>
  loadSplit(split, join(folder, `${split}.parquet`), card, count, { rng: makeRng(1) });

describe('whole files', () => {
  test('our layout: samples with stable ids', async () => {
    const folder = await folderWith(ours);
    const card = cardOf(folder);
    const files = await openFiles({ card, folders: [join(folder, 'nowhere'), folder] }, 'verify');
    expect(files.files.test).toEqual([{ path: join(folder, 'test.parquet'), sum: card.editions[0]!.sha256['test'] }]);
    const samples = await load(folder, card);
    expect(samples.map(({ id, label }) => [id, label])).toEqual([0, 1, 2, 3].map((row) => [`devign/test/${row}`, row % 2]));
    expect(samples[3]!.programs[0]).toEqual({
      tokens: ['int', 'f3', '(', 'int', 'a', ')', '{', 'return', 'a', ';', '}'],
      gaps: ['', ' ', '', '', ' ', '', ' ', ' ', ' ', '', ' '],
      functionName: 'f3',
      variables: ['f3'],
      locals: ['a'],
      bodyStart: 7,
      statementEnds: [10],
    });
    const two = await load(folder, card, 'test', 2);
    expect(two.map(({ label }) => label).sort()).toEqual([0, 1]);
    expect(samples).toEqual(expect.arrayContaining(two));
  });
  test('Hugging Face’s layout: the same samples', async () => {
    const folder = await folderWith(official, (split) => `data/${split === 'valid' ? 'validation' : split}-00000-of-00001.parquet`);
    const mine = await folderWith(ours);
    const files = await openFiles({ card: readCard('devign'), folders: [folder] }, 'ignore');
    for (const split of splits) {
      expect(await loadSplit(split, files.files[split][0]!.path, cardOf(mine), 'all', { rng: makeRng(1) })).toEqual(
        await load(mine, cardOf(mine), split),
      );
    }
  });
  test('an aborted signal stops the work', async () => {
    const folder = await folderWith(ours);
    const context = { rng: makeRng(1), signal: AbortSignal.abort(new Error('stopped')) };
    await expect(loadSplit('test', join(folder, 'test.parquet'), cardOf(folder), 'all', context)).rejects.toThrow('stopped');
  });
});

describe('what a wrong file gets', () => {
  test('no files anywhere: every place, and what to put there', async () => {
    const root = temporaryFolder();
    const folders = corpusFolders('nowhere', root);
    const opening = openFiles({ card: { ...readCard('devign'), name: 'nowhere' }, folders }, 'verify');
    await expect(opening).rejects.toThrow(
      `corpus nowhere: found in none of ${join(root, 'nowhere')}, datasets/nowhere, ../shared/data/nowhere\n`,
    );
    expect(() => corpusFolders('nowhere', join(root, 'typo'))).toThrow(`ELIBADCODE_DATA: no folder ${join(root, 'typo')}`);
    await expect(opening).rejects.toThrow('accepted: train.parquet, valid.parquet, test.parquet in one of these folders');
  });
  test('a missing split', async () => {
    const folder = temporaryFolder();
    await writeParquet(join(folder, 'train.parquet'), ours(2));
    await expect(openFiles({ card: readCard('devign'), folders: [folder] }, 'verify')).rejects.toThrow(
      `${folder}: no file for “valid”\n  accepted: valid.parquet, validation.parquet, validation-00000-of-00001.parquet`,
    );
  });
  test('a sum of no edition, unless it is to be ignored', async () => {
    const folder = await folderWith(ours);
    const [card, source] = [readCard('devign'), cardOf(folder)];
    const wrong = { card: { ...source, editions: card.editions }, folders: [folder] };
    await expect(openFiles(wrong, 'verify')).rejects.toThrow(
      `${join(folder, 'train.parquet')}: sha256 ${source.editions[0]!.sha256['train']} is not known\n  accepted: ${card.editions[0]!.sha256['train']} (rebuilt); or checksum: "ignore"`,
    );
    expect((await openFiles(wrong, 'ignore')).files.train[0]!.sum).toBe(source.editions[0]!.sha256['train']);
  });
  test('splits of two editions', async () => {
    const folder = await folderWith(ours);
    const whole = cardOf(folder);
    const other = readCard('devign').editions[0]!;
    const [one] = whole.editions;
    const editions = [
      { ...other, sha256: { ...other.sha256, train: one!.sha256['train']! } },
      { ...one!, sha256: { ...one!.sha256, train: other.sha256['train']! } },
    ];
    await expect(openFiles({ card: { ...whole, editions }, folders: [folder] }, 'verify')).rejects.toThrow(
      'the files come from different editions',
    );
  });
  test.each([
    ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length - 40), 'cannot be read: '],
    ['empty', () => Buffer.alloc(0), 'cannot be read: '],
    [
      'text that is no UTF-8',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replaceAll('return', 'ret\xffrn'), 'latin1'),
      'cannot be read: ',
    ],
  ])('%s', async (_, damage, message) => {
    const folder = await folderWith(ours);
    const path = join(folder, 'test.parquet');
    const card = cardOf(folder);
    writeFileSync(path, damage(readFileSync(path)));
    await expect(load(folder, card)).rejects.toThrow(`${path}: ${message}`);
    await expect(load(folder, card)).rejects.toThrow('accepted: a whole Parquet file with UTF-8 text');
  });
  test.each([
    ['a missing column', 'SELECT 1 AS target, 2 AS code', 'no column “func” among target INTEGER, code INTEGER\n  accepted: func, target'],
    ['a column of another type', "SELECT 'x' AS func, 'yes' AS target", 'column “target” has type VARCHAR\n  accepted: BOOLEAN or'],
    ['a label that is none', "SELECT 'x' AS func, 2 AS target", ', row 0: target is 2\n  accepted: 0 or 1'],
    ['a missing label', "SELECT 'x' AS func, NULL::INTEGER AS target", ', row 0: target is null'],
    ['a missing text', 'SELECT NULL::VARCHAR AS func, 1 AS target', ', row 0: func has no text'],
    ['an empty split', ours(0), '0 functions in split test\n  accepted: 4'],
    ['a wrong number of rows', ours(3), '3 functions in split test\n  accepted: 4'],
  ])('%s', async (_, select, message) => {
    const folder = await folderWith(ours);
    const card = cardOf(folder);
    await writeParquet(join(folder, 'test.parquet'), select);
    await expect(load(folder, card)).rejects.toThrow(message);
  });
});

describeIn(dataFolder('devign/train.parquet'), 'the real files', () => {
  test('are of a known edition and give a stratified sub-sample', async () => {
    const params = devign.params.parse({ train: 40, valid: 10, test: 20 });
    expect(Object.keys(await devign.identify(params))).toEqual(splits);
    const loaded = await devign.load(params, { rng: makeRng(1) });
    const defective = (split: SplitName): number => loaded[split].filter(({ label }) => label === 1).length;
    // 10,007 of 21,854, 1,198 and 1,255 of 2,732 (shared data's README).
    expect([defective('train'), defective('valid'), defective('test')]).toEqual([18, 4, 9]);
    expect(loaded.test.every(({ programs }) => programs[0]!.tokens.length > 5)).toBe(true);
  });
});
