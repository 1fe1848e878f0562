/** What a record must look like before it is written or believed; the law of missing values is checked here and in the database. */
import { z } from 'zod';
import type { Measurement, Provenance, Reported, RunRecord, StageRecord, TracePoint } from '../core/contracts.ts';

const name = z.string().min(1);
/** Keys become file names, so nothing that a path could be made of. */
const key = z.string().regex(/^[\w-]+$/, 'a key has letters, digits, “-” and “_” only');
const count = z.int().nonnegative();

export const measurementSchema = z
  .strictObject({
    metric: name,
    subset: z.string(),
    value: z.number().nullable(),
    hits: count.nullable(),
    n: count.nullable(),
    unmeasuredBecause: name.nullable(),
  })
  .check(({ value: { metric, subset, value, hits, n, unmeasuredBecause }, issues }) => {
    const refuse = (message: string): unknown => issues.push({ code: 'custom', message: `${metric} ${subset}: ${message}`, input: value });
    if ((value === null) !== (unmeasuredBecause !== null)) refuse('a value is missing if and only if a reason is given');
    if (hits !== null && (n === null || hits > n)) refuse(`${hits} hits of ${n ?? 'an unknown number'}`);
    // A rate travels with its counts; a rate that disagrees with them is a wrong number in one of the two places.
    if (hits !== null && n !== null && value !== null && value !== hits / n) refuse(`the value ${value} is not ${hits} / ${n}`);
  }) satisfies z.ZodType<Measurement>;

export const tracePointSchema = z.strictObject({
  series: name,
  curve: z.string(),
  step: z.int(),
  label: z.string().nullable(),
  value: z.number(),
}) satisfies z.ZodType<TracePoint>;

const provenanceSchema = z.strictObject({
  commit: name.nullable(),
  dirty: z.boolean().nullable(),
  versions: z.record(z.string(), z.string()),
  device: name,
  startedAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  peakMemoryBytes: count.nullable(),
}) satisfies z.ZodType<Provenance>;

const stageSchema = z.strictObject({
  key,
  stage: name,
  version: z.int(),
  params: z.json(),
  seed: z.int().nullable(),
  inputs: z.record(z.string(), z.string()),
  provenance: provenanceSchema,
}) satisfies z.ZodType<StageRecord>;

/** Two facts of one name: which of them a table shows would be chance. */
function distinct<T>(what: string, identity: (item: T) => string) {
  return ({ value, issues }: { value: readonly T[]; issues: z.core.$ZodRawIssue[] }): void => {
    const seen = new Set<string>();
    for (const id of value.map(identity)) {
      if (seen.has(id)) issues.push({ code: 'custom', message: `two ${what}s “${id}”`, input: value });
      seen.add(id);
    }
  };
}

export const measurementsSchema = z.array(measurementSchema).check(distinct('measurement', (m) => `${m.metric} ${m.subset}`.trim()));
export const tracesSchema = z.array(tracePointSchema).check(distinct('trace point', (t) => `${t.series} ${t.curve} ${t.step}`));

/** What a run is, without what it measured. */
export const runIdentitySchema = z.strictObject({
  run: key,
  experiment: name,
  task: z.enum(['defect', 'clone', 'search']),
  corpus: name,
  model: name,
  weights: name,
  comparedWith: name.nullable(),
  attack: name,
  defense: name,
  seed: z.int(),
  setting: z.string(),
  notes: z.record(z.string(), z.string()),
  failedBecause: name.nullable(),
});

export const runRecordSchema = z.strictObject({
  schema: z.literal(1),
  ...runIdentitySchema.shape,
  stages: z.array(stageSchema),
  measurements: measurementsSchema,
  traces: tracesSchema,
}) satisfies z.ZodType<RunRecord>;

export const reportedSchema = z.strictObject({
  exhibit: z.string().regex(/^(table|figure)-\d+$|^abstract-claims$/),
  model: z.enum(['', 'codebert', 'codet5', 'unixcoder', 'starcoder-1b']),
  task: z.enum(['', 'defect', 'clone', 'search']),
  attack: z.string(),
  defense: z.string(),
  setting: z.string(),
  metric: name,
  value: z.number().nullable(),
  unit: z.enum(['percent', 'fraction', 'seconds', 'count', 'epochs', 'none']),
  status: z.enum(['printed', 'printed-v1', 'read-from-figure', 'computed']),
  note: name,
}) satisfies z.ZodType<Reported>;
