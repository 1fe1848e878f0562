/** Reads the committed form of results (exported.ts) back into a store, as strictly as it reads records. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { numberField, parseCsv } from './csv.ts';
import { companions, factColumns, identityColumns, runColumns, traceColumns } from './exported.ts';
import { groupBy } from '../core/group-by.ts';
import { reasonOf } from './records.ts';
import { provenanceSchema, type StoredRun, type Taken, takeInRuns } from './runs.ts';
import { measurementsSchema, runIdentitySchema, tracesSchema } from './schema.ts';
import type { Store } from './store.ts';

/** Takes `path` and its companions into the store; a run that the store knows by its record stays as it is. */
export async function importMeasurements(store: Store, path: string): Promise<Taken> {
  const runs = readExported(path);
  return takeInRuns(
    store,
    runs.map((run) => ({ run, stages: [], source: 'export' })),
  );
}

function readExported(path: string): StoredRun[] {
  const paths = { facts: path, ...companions(path) };
  const [facts, runs, traces] = [
    readRows(paths.facts, factColumns),
    readRows(paths.runs, runColumns),
    readRows(paths.traces, traceColumns),
  ];
  const identity = (row: Readonly<Record<(typeof identityColumns)[number], string>>): string =>
    identityColumns.map((column) => row[column]).join(' · ');
  const known = new Map(runs.map((row) => [row.run, identity(row)]));
  for (const row of facts) {
    if (known.get(row.run) !== identity(row))
      throw new UserError(paths.facts, `“${identity(row)}” is not in ${paths.runs}`, 'files of one export');
  }
  const stray = traces.find((row) => !known.has(row.run));
  if (stray !== undefined) throw new UserError(paths.traces, `run “${stray.run}” is not in ${paths.runs}`, 'files of one export');

  const [factsOf, tracesOf] = [groupBy(facts, (row) => row.run), groupBy(traces, (row) => row.run)];
  return runs.map((row) => ({
    ...runOf(row, `${paths.runs}, run ${row.run}`),
    measurements: measurementsOf(factsOf.get(row.run) ?? [], `${paths.facts}, run ${row.run}`),
    traces: tracesFrom(tracesOf.get(row.run) ?? [], `${paths.traces}, run ${row.run}`),
  }));
}

type Row<Columns extends readonly string[]> = Readonly<Record<Columns[number], string>>;

function runOf(row: Row<typeof runColumns>, place: string): Omit<StoredRun, 'measurements' | 'traces'> {
  const { compared_with, failed_because, notes, provenance, seed, ...same } = row;
  const identity = {
    ...same,
    comparedWith: textOrNull(compared_with),
    failedBecause: textOrNull(failed_because),
    seed: numberField(seed, place),
    notes: parseJson(notes, place),
  };
  return { ...checked(runIdentitySchema, identity, place), provenance: checked(provenanceSchema, parseJson(provenance, place), place) };
}

function measurementsOf(rows: readonly Row<typeof factColumns>[], place: string): StoredRun['measurements'] {
  const facts = rows.map(({ metric, subset, value, hits, n, unmeasured_because }) => ({
    metric,
    subset,
    value: numberField(value, place),
    hits: numberField(hits, place),
    n: numberField(n, place),
    unmeasuredBecause: textOrNull(unmeasured_because),
  }));
  return checked(measurementsSchema, facts, place);
}

function tracesFrom(rows: readonly Row<typeof traceColumns>[], place: string): StoredRun['traces'] {
  const points = rows.map(({ series, curve, step, label, value }) => ({
    series,
    curve,
    step: numberField(step, place),
    label: textOrNull(label),
    value: numberField(value, place),
  }));
  return checked(tracesSchema, points, place);
}

function readRows<Columns extends readonly string[]>(path: string, columns: Columns): Record<Columns[number], string>[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(
      path,
      `cannot be read: ${reasonOf(error)}`,
      'measurements.csv, runs.csv and traces.csv of one export, side by side',
    );
  }
  return parseCsv<Columns[number]>(text, columns, path);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new UserError(place, z.prettifyError(result.error), 'a file as `elibadcode export` writes it');
  return result.data;
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(place, `“${text}” is not JSON: ${reasonOf(error)}`);
  }
}

/** An empty field is no text: the columns read this way never hold an empty one. */
function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}
