/** BigCloneBench's files to samples: lists cut down, functions that are left preprocessed once and shared. */
import type { Program, Sample, SplitName } from '../../../core/contracts.ts';
import { UserError } from '../../../core/errors.ts';
import type { Rng } from '../../../core/rng.ts';
import type { LoadContext } from '../../corpus.ts';
import type { Files } from '../../files.ts';
import { preprocessAll } from '../../preprocess-all.ts';
import type { Size } from '../../sizes.ts';
import { subsample } from '../../subsample.ts';
import { readFunctions, readPairs, type Pair, type Role } from './read.ts';

export interface Cut {
  readonly size: Size;
  /** Share of the list that is drawn first, whatever its labels, 0..1. */
  readonly fraction: number;
}

export async function loadPairs(
  files: Files<Role>,
  cuts: Readonly<Record<SplitName, Cut>>,
  context: LoadContext,
): Promise<Record<SplitName, Sample[]>> {
  const functions = await readFunctions(files);
  const read = async (split: SplitName): Promise<readonly Pair[]> =>
    cutDown(await readPairs(files, split, functions), cuts[split], context.rng.fork(split), `bigclonebench.${split}`);
  const pairs = { train: await read('train'), valid: await read('valid'), test: await read('test') };
  const used = new Set([...pairs.train, ...pairs.valid, ...pairs.test].flatMap(({ first, second }) => [first, second]));
  const sources = [...used].map((id) => functions.get(id)!);
  const list = await preprocessAll(sources, used.size, 'java', 'functions', context);
  const programs = new Map([...used].map((id, index) => [id, list[index]!]));
  const samples = (split: SplitName): Sample[] => pairs[split].map((pair) => sampleOf(pair, split, programs));
  return { train: samples('train'), valid: samples('valid'), test: samples('test') };
}

/** Ids are places in the whole list, so that a smaller draw keeps them. */
function sampleOf({ row, label, first, second }: Pair, split: SplitName, programs: ReadonlyMap<string, Program>): Sample {
  return { id: `bigclonebench/${split}/${row}`, label, programs: [programs.get(first)!, programs.get(second)!] };
}

/** The fraction first, as the authors draw it: `floor(fraction · n)` pairs of the list without regard to labels; then the size. */
function cutDown(pairs: readonly Pair[], { fraction, size }: Cut, rng: Rng, place: string): readonly Pair[] {
  // A product such as 0.29 · 100 lies a little below the whole number that is meant.
  const count = Math.floor(pairs.length * fraction + 1e-6);
  if (count === 0) throw new UserError(`${place}, fractions`, `${fraction} of ${pairs.length} pairs is none`, 'a larger fraction');
  const drawn = fraction === 1 ? pairs : rng.fork('fraction').sample(pairs, count);
  const ordered = fraction === 1 ? pairs : drawn.toSorted((a, b) => a.row - b.row);
  return subsample(ordered, size, rng, place);
}
