/** Devign's Parquet files to samples: counted, sub-sampled, preprocessed. */
import type { Sample, SplitName } from '../../../core/contracts.ts';
import { UserError } from '../../../core/errors.ts';
import type { Card } from '../../card.ts';
import type { LoadContext } from '../../corpus.ts';
import type { Layout } from '../../locate.ts';
import { readParquet } from '../../parquet.ts';
import { preprocessAll } from '../../preprocess-all.ts';
import { functionOf, labelOf, labelTypes } from '../../rows.ts';
import type { Size } from '../../sizes.ts';
import { subsample } from '../../subsample.ts';

/** A split's one Parquet file, as we name it or as Hugging Face serves it. */
export const layouts: readonly Layout<SplitName>[] = [
  { name: 'Parquet', files: { train: fileNames('train'), valid: fileNames('valid'), test: fileNames('test') } },
];

function fileNames(split: SplitName): string[] {
  const official = split === 'valid' ? 'validation' : split;
  const ours = official === split ? [`${split}.parquet`] : [`${split}.parquet`, `${official}.parquet`];
  return [...ours, `${official}-00000-of-00001.parquet`, `data/${official}-00000-of-00001.parquet`];
}

/** One split's samples. Ids are row numbers of the file, so a sub-sample keeps them. */
export async function loadSplit(split: SplitName, path: string, card: Card, size: Size, context: LoadContext): Promise<Sample[]> {
  const rows = await readRows(path);
  checkCounts(card, split, path, rows);
  const kept = subsample(rows, size, context.rng.fork(split), `${card.name}.${split}`);
  const sources = kept.map(({ source }) => source);
  const programs = await preprocessAll(sources, kept.length, card.language, split, context);
  return kept.map(({ row, label }, index) => ({ id: `${card.name}/${split}/${row}`, label, programs: [programs[index]!] }));
}

interface Row {
  readonly row: number;
  readonly label: number;
  readonly source: string;
}

/** Both layouts have `func` and `target`: 0 or 1 in ours, a boolean in Hugging Face's. */
async function readRows(path: string): Promise<Row[]> {
  const rows = await readParquet(path, { func: ['VARCHAR'], target: labelTypes });
  return rows.map(({ func, target }, row) => {
    const place = `${path}, row ${row}`;
    return { row, label: labelOf(target, 'target', place), source: functionOf(func, 'func', place) };
  });
}

/** Sizes are CodeXGLUE's in every edition; numbers of labels are the edition's own and no fault. */
function checkCounts(card: Card, split: SplitName, path: string, rows: readonly Row[]): void {
  const expected = card.counts[split].samples;
  if (rows.length !== expected) throw new UserError(path, `${rows.length} functions in split ${split}`, `${expected}`);
}
