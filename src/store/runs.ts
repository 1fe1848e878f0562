/** Runs in the store: written whole in one transaction, read back as values that reports compute with. */
import { z } from 'zod';
import type { Reported, RunRecord, StageRecord } from '../core/contracts.ts';
import { keyOf } from '../core/hash.ts';
import { groupBy } from '../core/group-by.ts';
import { measurementSchema, reportedSchema, runIdentitySchema, tracePointSchema } from './schema.ts';
import type { Store } from './store.ts';

/** Where a run's numbers come from, over all its stages: several commits or devices where stages came from the cache. */
export interface RunProvenance {
  readonly commits: readonly string[];
  /** Whether any stage ran on uncommitted changes; `null`: unknown. */
  readonly dirty: boolean | null;
  readonly devices: readonly string[];
  /** Start of the earliest stage, ISO 8601; `null` for a run without stages. */
  readonly startedAt: string | null;
  /**
   * Start of the latest stage, which tells runs apart that share what a cache kept; `null` for a run without stages and for one known
   * from a `runs.csv` that was written before this was kept.
   */
  readonly lastStageAt: string | null;
}

/** A run as reports see it: its record, with the stages condensed to their provenance. */
export interface StoredRun extends Omit<RunRecord, 'schema' | 'stages'> {
  readonly provenance: RunProvenance;
}

/** A run on its way into the store. `export`: known from the committed CSV files alone. */
export interface IncomingRun {
  readonly run: StoredRun;
  readonly stages: readonly StageRecord[];
  readonly source: 'record' | 'export';
}

export interface Taken {
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly unchanged: readonly string[];
  /** Runs whose stored version is the better one: a success against a failure, a record against an export. */
  readonly kept: readonly string[];
}

export const provenanceSchema = z.strictObject({
  commits: z.array(z.string()),
  dirty: z.boolean().nullable(),
  devices: z.array(z.string()),
  startedAt: z.iso.datetime().nullable(),
  lastStageAt: z.iso.datetime().nullable().default(null),
}) satisfies z.ZodType<RunProvenance>;

export function fromRecord(record: RunRecord): IncomingRun {
  const { stages, measurements, traces } = record;
  const facts = stages.map((stage) => stage.provenance);
  const dirty = facts.map((fact) => fact.dirty).filter((fact) => fact !== null);
  // Moments, not texts: “…:00Z” is before “…:00.500Z”, but not in the order of their characters.
  const starts = facts.map((fact) => fact.startedAt).sort((a, b) => Date.parse(a) - Date.parse(b));
  const provenance = {
    commits: distinct(facts.map((fact) => fact.commit).filter((commit) => commit !== null)),
    dirty: dirty.length === 0 ? null : dirty.includes(true),
    devices: distinct(facts.map((fact) => fact.device)),
    startedAt: starts[0] ?? null,
    lastStageAt: starts.at(-1) ?? null,
  };
  return { run: { ...runIdentitySchema.strip().parse(record), measurements, traces, provenance }, stages, source: 'record' };
}

/** Takes runs in: idempotent, the same key replaces, all or nothing. */
export async function takeInRuns(store: Store, incoming: readonly IncomingRun[]): Promise<Taken> {
  const taken = { added: [] as string[], replaced: [] as string[], unchanged: [] as string[], kept: [] as string[] };
  const knownRow = z.strictObject({ run: z.string(), digest: z.string(), source: z.string(), failed: z.boolean() });
  const known = new Map(
    (await store.rows(knownRow, 'SELECT run, digest, source, failed_because IS NOT NULL AS failed FROM run')).map((row) => [row.run, row]),
  );
  const written = incoming.filter(({ run, stages, source }) => {
    const before = known.get(run.run);
    const fate =
      before === undefined
        ? 'added'
        : before.digest === digestOf(run, stages)
          ? 'unchanged'
          : (before.source === 'record' && source === 'export') || (!before.failed && run.failedBecause !== null)
            ? 'kept'
            : 'replaced';
    taken[fate].push(run.run);
    return fate === 'added' || fate === 'replaced';
  });
  if (written.length > 0) await store.transaction(() => writeRuns(store, written));
  return taken;
}

async function writeRuns(store: Store, incoming: readonly IncomingRun[]): Promise<void> {
  const stages = new Map(incoming.flatMap((one) => one.stages.map((stage) => [stage.key, stage])));
  for (const key of stages.keys()) await store.run('DELETE FROM stage WHERE key = $1', [key]);
  for (const { run } of incoming) {
    for (const table of ['run', 'measurement', 'trace']) await store.run(`DELETE FROM ${table} WHERE run = $1`, [run.run]);
  }
  await store.append('stage', [...stages.values()].map(stageRow));
  await store.append('run', incoming.map(runRow));
  await store.append(
    'measurement',
    incoming.flatMap(({ run }) => run.measurements.map((m) => [run.run, m.metric, m.subset, m.value, m.hits, m.n, m.unmeasuredBecause])),
  );
  await store.append(
    'trace',
    incoming.flatMap(({ run }) => run.traces.map((t) => [run.run, t.series, t.curve, t.step, t.label, t.value])),
  );
}

/** Runs with all they measured, in a fixed order: by what they are, then by seed, then by key. */
export async function readRuns(store: Store): Promise<StoredRun[]> {
  const rows = await store.rows(
    runRowSchema,
    `SELECT run, experiment, task, corpus, model, weights, compared_with AS "comparedWith", attack, defense, seed, setting, notes,
       failed_because AS "failedBecause", provenance FROM run
     ORDER BY task, corpus, model, weights, attack, defense, setting, seed, run`,
  );
  const facts = groupBy(
    await store.rows(
      ofRun(z.strictObject({ run: z.string(), ...measurementSchema.shape })),
      `SELECT run, metric, subset, value, hits, n, unmeasured_because AS "unmeasuredBecause" FROM measurement ORDER BY run, metric, subset`,
    ),
    (row) => row.run,
  );
  const points = groupBy(
    await store.rows(
      ofRun(z.strictObject({ run: z.string(), ...tracePointSchema.shape })),
      'SELECT run, series, curve, step, label, value FROM trace ORDER BY run, series, curve, step',
    ),
    (row) => row.run,
  );
  return rows.map((run) => ({
    ...run,
    measurements: (facts.get(run.run) ?? []).map(({ fact }) => fact),
    traces: (points.get(run.run) ?? []).map(({ fact }) => fact),
  }));
}

/** The paper's numbers, all or of one exhibit, in the order of its file. */
export function readReportedRows(store: Store, exhibit: string | null = null): Promise<Reported[]> {
  return store.rows(
    reportedSchema,
    `SELECT exhibit, model, task, attack, defense, setting, metric, value, unit, status, note FROM reported
     WHERE $1 IS NULL OR exhibit = $1 ORDER BY position`,
    [exhibit],
  );
}

/** A row of a run's facts, taken apart into the run and the fact. */
function ofRun<Fact extends object>(schema: z.ZodType<Fact & { run: string }>) {
  return schema.transform(({ run, ...fact }) => ({ run, fact }));
}

const json = <T>(schema: z.ZodType<T>): z.ZodType<T> =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
const runRowSchema = z.strictObject({
  ...runIdentitySchema.shape,
  notes: json(runIdentitySchema.shape.notes),
  provenance: json(provenanceSchema),
});

function digestOf(run: StoredRun, stages: readonly StageRecord[]): string {
  return keyOf({ run: JSON.stringify(run), stages: JSON.stringify(stages) });
}

function runRow({ run: r, stages, source }: IncomingRun) {
  // prettier-ignore
  return [
    r.run, r.experiment, r.task, r.corpus, r.model, r.weights, r.comparedWith, r.attack, r.defense, r.seed, r.setting, JSON.stringify(r.notes),
    r.failedBecause, JSON.stringify(r.provenance), JSON.stringify(stages.map((stage) => stage.key)), source, digestOf(r, stages),
  ];
}

function stageRow(s: StageRecord) {
  const p = s.provenance;
  // prettier-ignore
  return [
    s.key, s.stage, s.version, JSON.stringify(s.params), s.seed, JSON.stringify(s.inputs), p.commit, p.dirty, JSON.stringify(p.versions),
    p.device, p.startedAt, p.seconds, p.peakMemoryBytes,
  ];
}

function distinct(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
