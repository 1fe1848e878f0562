/** Reads a user's samples: JSONL or Parquet, under the columns' common names, preprocessed by the corpora's rules, in two halves. */
import { statSync } from 'node:fs';
import type { Language, Program, Sample, TaskName } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { keyOf } from '../core/hash.ts';
import { programKey } from '../core/program-key.ts';
import type { Rng } from '../core/rng.ts';
import type { StageContext } from '../core/stage.ts';
import { queryOf, withoutDocstring } from '../dataset/code-search.ts';
import { readJsonLines } from '../dataset/lines.ts';
import { parquetColumns, readParquet } from '../dataset/parquet.ts';
import { preprocessAll } from '../dataset/preprocess-all.ts';
import { functionOf, labelOf, labelTypes } from '../dataset/rows.ts';
import { labelsOf } from '../defend/pool.ts';
import type { SampleHalves } from './contracts.ts';

/** Some hundred thousand functions; a scan reads a few hundred. */
const MAX_BYTES = 2 ** 28;

interface Shape {
  /** What each column may be called, best first. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly programs: readonly string[];
  /** Fewest samples of each label: halves of two cannot tell a trigger from chance. */
  readonly fewest: number;
}

const code = ['func', 'code', 'function', 'source'];
const label = ['target', 'label', 'labels'];

const shapes: Readonly<Record<TaskName, Shape>> = {
  defect: { columns: { code, label }, programs: ['code'], fewest: 5 },
  clone: {
    columns: { code1: ['func1', 'code1', 'function1'], code2: ['func2', 'code2', 'function2'], label: ['label', 'target', 'labels'] },
    programs: ['code1', 'code2'],
    fewest: 5,
  },
  // A function's rank is among the others of its half.
  search: { columns: { code: ['code', 'func', 'function'], query: ['query', 'docstring', 'doc'] }, programs: ['code'], fewest: 10 },
};

const described = ({ columns }: Shape): string =>
  `${Object.values(columns)
    .map((names) => names.join(' | '))
    .join('; ')} (JSONL: one object a line; or Parquet)`;

type Row = Readonly<Record<string, unknown>>;

interface RawSample {
  readonly sources: readonly string[];
  readonly label: number;
  readonly query: string | null;
}

export async function readSamples(
  path: string,
  task: TaskName,
  language: Language,
  context: Pick<StageContext, 'rng' | 'signal' | 'progress'>,
): Promise<SampleHalves> {
  checkSize(path);
  const shape = shapes[task];
  const raw: RawSample[] = [];
  for await (const { place, row } of /\.parquet$/i.test(path) ? parquetRows(path, shape) : jsonRows(path)) {
    raw.push(sampleIn(row, place, shape));
  }
  const samples = await preprocessed(raw, task, language, context);
  const distinct = [...new Map(samples.map((sample) => [contentOf(sample), sample])).values()];
  checkCounts(path, distinct, task);
  return {
    ...halves(distinct, context.rng.fork('halves')),
    digest: keyOf({ task, language, contents: distinct.map(contentOf) }),
    duplicates: samples.length - distinct.length,
    named: distinct.filter(({ programs }) => programs[0]!.functionName !== null).length,
  };
}

function checkSize(path: string): void {
  const about = statSync(path, { throwIfNoEntry: false });
  if (about === undefined) throw new UserError(path, 'no such file', 'a file of samples, JSONL or Parquet');
  if (!about.isFile()) throw new UserError(path, 'is not a file', 'a file of samples, JSONL or Parquet');
  if (about.size > MAX_BYTES) throw tooLarge(path, about.size);
}

const tooLarge = (path: string, bytes: number): UserError =>
  new UserError(
    path,
    `${(bytes / 2 ** 20).toFixed(0)} MiB`,
    `at most ${MAX_BYTES / 2 ** 20} MiB: a scan needs some 30 samples of each label`,
  );

async function* jsonRows(path: string): AsyncGenerator<{ readonly place: string; readonly row: Row }> {
  let read = 0;
  for await (const { place, row } of readJsonLines<string>(path, [])) {
    // A compressed file may be far larger than it looks.
    for (const value of Object.values(row)) if (typeof value === 'string') read += value.length;
    if (read > MAX_BYTES) throw tooLarge(path, read);
    yield { place, row };
  }
}

async function* parquetRows(path: string, shape: Shape): AsyncGenerator<{ readonly place: string; readonly row: Row }> {
  const there = new Set(await parquetColumns(path));
  const types = Object.entries(shape.columns).map(([column, names]) => {
    const name = names.find((one) => there.has(one));
    if (name === undefined) throw missing(path, names, [...there], shape);
    return [name, column === 'label' ? labelTypes : ['VARCHAR']] as const;
  });
  const rows = await readParquet(path, Object.fromEntries(types));
  for (const [index, row] of rows.entries()) yield { place: `${path}, row ${index}`, row };
}

const missing = (place: string, names: readonly string[], there: readonly string[], shape: Shape): UserError =>
  new UserError(place, `no ${names.map((name) => `“${name}”`).join(' or ')} among ${there.join(', ')}`, described(shape));

function sampleIn(row: Row, place: string, shape: Shape): RawSample {
  const { columns, programs } = shape;
  const name = (column: string): string => {
    const found = columns[column]!.find((one) => Object.hasOwn(row, one));
    if (found === undefined) throw missing(place, columns[column]!, Object.keys(row), shape);
    return found;
  };
  const query = 'query' in columns ? queryOf(row[name('query')]) : null;
  if ('query' in columns && query === null) throw new UserError(place, `${name('query')} has no text`, 'a query in words');
  return {
    sources: programs.map((column) => functionOf(row[name(column)], name(column), place)),
    label: 'label' in columns ? labelOf(row[name('label')], name('label'), place) : 1,
    query,
  };
}

/** Equal texts become one program, as in the corpora. */
async function preprocessed(
  raw: readonly RawSample[],
  task: TaskName,
  language: Language,
  context: Pick<StageContext, 'rng' | 'signal' | 'progress'>,
): Promise<Sample[]> {
  const sources = [...new Set(raw.flatMap((one) => one.sources))];
  const list = await preprocessAll(sources, sources.length, language, 'samples', context);
  const programs = new Map(sources.map((source, index) => [source, list[index]!]));
  const samples: Sample[] = [];
  for (const [index, one] of raw.entries()) {
    const own = one.sources.map((source) => programs.get(source)!);
    const id = `${task}/${index}`;
    if (one.query === null) samples.push({ id, label: one.label, programs: own });
    else samples.push({ id, label: 1, programs: [await answerFree(own[0]!, one.query, language)], query: one.query });
  }
  return samples;
}

const answerFree = (program: Program, query: string, language: Language): Promise<Program> =>
  language === 'python' ? withoutDocstring(program, query) : Promise.resolve(program);

const contentOf = ({ programs, label: own, query }: Sample): string => keyOf([programs.map(programKey), own, query ?? null]);

function checkCounts(path: string, samples: readonly Sample[], task: TaskName): void {
  const { fewest } = shapes[task];
  const wanted = task === 'search' ? [1] : [0, 1];
  const counts = wanted.map((own) => samples.filter((sample) => sample.label === own).length);
  if (counts.every((count) => count >= fewest)) return;
  const found =
    task === 'search' ? `${samples.length} different samples` : wanted.map((own, at) => `${counts[at]} of label ${own}`).join(', ');
  const each = task === 'search' ? '' : ' of each label';
  throw new UserError(path, found, `at least ${fewest} different samples${each}; with 60${each} the search has the paper’s 30`);
}

/** Of each label, the larger half to find triggers on, the rest held out; sorted by label, as a pool is. */
function halves(samples: readonly Sample[], rng: Rng): Pick<SampleHalves, 'find' | 'heldOut'> {
  const parts = labelsOf(samples).map((own) => {
    const order = rng.fork(own).shuffle(samples.filter((sample) => sample.label === own));
    const half = Math.ceil(order.length / 2);
    return { find: order.slice(0, half), heldOut: order.slice(half) };
  });
  return { find: parts.flatMap(({ find }) => find), heldOut: parts.flatMap(({ heldOut }) => heldOut) };
}
