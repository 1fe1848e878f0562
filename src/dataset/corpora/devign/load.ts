/** Devign's Parquet files to samples: found, checked by sum and count, sub-sampled, preprocessed. */
import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { Sample, SplitName } from '../../../core/contracts.ts';
import { UserError } from '../../../core/errors.ts';
import type { Card } from '../../card.ts';
import type { LoadContext } from '../../corpus.ts';
import { locateSplits } from '../../locate.ts';
import { readParquet } from '../../parquet.ts';
import { preprocess } from '../../preprocess/preprocess.ts';
import { subsample } from '../../subsample.ts';

export const splitNames = ['train', 'valid', 'test'] as const satisfies readonly SplitName[];

export interface Source {
  readonly card: Card;
  /** Places to look at, best first. */
  readonly folders: readonly string[];
}

type Files = Readonly<Record<SplitName, { readonly path: string; readonly sum: string }>>;

/** The files with their sums; sums of no known edition are an error unless `checksum` says otherwise. */
export async function openFiles({ card, folders }: Source, checksum: 'verify' | 'ignore'): Promise<Files> {
  const paths = locateSplits(card.name, splitNames, folders);
  const sums: Partial<Record<SplitName, string>> = {};
  for (const split of splitNames) sums[split] = await sumOf(paths[split]);
  if (checksum === 'verify') checkEdition(card, paths, sums as Record<SplitName, string>);
  return Object.fromEntries(splitNames.map((split) => [split, { path: paths[split], sum: sums[split]! }])) as Files;
}

/** All files must belong to one edition: the train file of one holds test functions of another. */
function checkEdition(card: Card, paths: Readonly<Record<SplitName, string>>, sums: Readonly<Record<SplitName, string>>): void {
  const editions = card.editions;
  if (editions.some((edition) => splitNames.every((split) => edition.sha256[split] === sums[split]))) return;
  const unknown = splitNames.find((split) => !editions.some((edition) => edition.sha256[split] === sums[split]));
  const instead = `or checksum: "ignore" in the experiment, which is recorded (datasets/${card.name}/card.json lists editions)`;
  if (unknown === undefined)
    throw new UserError(paths.train, 'the splits come from different editions', `files of one edition; ${instead}`);
  const accepted = editions.map((edition) => `${edition.sha256[unknown]} (${edition.name})`).join(', ');
  throw new UserError(paths[unknown], `sha256 ${sums[unknown]} is not known`, `${accepted}; ${instead}`);
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** One split's samples. Ids are row numbers of the file, so a sub-sample keeps them. */
export async function loadSplit(
  split: SplitName,
  path: string,
  card: Card,
  count: number | 'all',
  context: LoadContext,
): Promise<Sample[]> {
  const rows = await readRows(path);
  checkCounts(card, split, path, rows);
  const kept = subsample(rows, count, context.rng.fork(split), `${card.name}.${split}`);
  const samples: Sample[] = [];
  for (const { row, label, source } of kept) {
    // A breath for Ctrl-C: parsing 20,000 functions takes a while, and awaiting a parser that is loaded lets nothing else run.
    if (samples.length % 200 === 0) {
      await setImmediate();
      context.signal?.throwIfAborted();
      context.progress?.({ phase: `preprocessing ${split}`, done: samples.length, total: kept.length });
    }
    samples.push({ id: `${card.name}/${split}/${row}`, label, programs: [await preprocess(source, card.language)] });
  }
  return samples;
}

interface Row {
  readonly row: number;
  readonly label: number;
  readonly source: string;
}

/** Both layouts have `func` and `target`: 0 or 1 in ours, a boolean in Hugging Face's. */
async function readRows(path: string): Promise<Row[]> {
  const rows = await readParquet(path, { func: ['VARCHAR'], target: ['BOOLEAN', 'TINYINT', 'INTEGER', 'BIGINT'] });
  return rows.map(({ func, target }, row) => {
    const label = target === null ? null : Number(target);
    if (label !== 0 && label !== 1) throw new UserError(`${path}, row ${row}`, `target is ${String(target)}`, '0 or 1, false or true');
    if (typeof func !== 'string' || func === '') throw new UserError(`${path}, row ${row}`, 'func has no text', 'the text of a function');
    return { row, label, source: func };
  });
}

/** Sizes are CodeXGLUE's in every edition; numbers of labels are the edition's own and no fault. */
function checkCounts(card: Card, split: SplitName, path: string, rows: readonly Row[]): void {
  const expected = card.counts[split].samples;
  if (rows.length !== expected) throw new UserError(path, `${rows.length} functions in split ${split}`, `${expected}`);
}
