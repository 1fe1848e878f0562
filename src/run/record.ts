/** A run's record, put together from its stages as they lie in the cache: the same stages always give the same bytes. */
import type { Measurement, RunRecord } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { Plan, PlannedRun, Role } from '../plan/contracts.ts';
import { leaves } from '../plan/setting.ts';
import type { Cache } from './cache.ts';
import type { Finished } from './contracts.ts';

/** Phases whose time the paper prints (Table 9), training, and what other defences spend theirs on. */
const timed = [
  ['train', 'train'],
  ['detection', 'detection'],
  ['retrained', 'retraining'],
  ['inversion', 'inversion'],
  ['repair', 'unlearning'],
  ['preparation', 'preparation'],
  ['purifiedClean', 'purification-clean'],
  ['purifiedTriggered', 'purification-triggered'],
] as const satisfies readonly (readonly [Role, string])[];

/** Roles whose summary belongs to the run; those of the floor belong to the clean model's own run. */
const shown = [
  'craft',
  'poison',
  'trigger',
  'train',
  'detection',
  'inversion',
  'verdict',
  'repair',
  'purifiedClean',
  'evaluate',
] as const satisfies readonly Role[];

/** Phases of a defence, which hold its settings. */
const phases = ['detection', 'inversion', 'verdict', 'repair', 'preparation', 'purifiedClean'] as const satisfies readonly Role[];

/** @param failedBecause `null` for a run whose stages are all there */
export function recordOf(run: PlannedRun, plan: Plan, cache: Cache, failedBecause: string | null): RunRecord {
  const { roles, stages: keys, notRunBecause: _, ...columns } = run;
  const present = keys.map((key) => plan.nodes.get(key)!).filter((node) => cache.has(node));
  const finished = new Map(present.map((node) => [node.key, cache.finished(node)]));
  const stageOf = (role: Role): Finished | undefined => finished.get(roles[role] ?? '');
  const summaries = shown.flatMap((role) => stageOf(role)?.summary ?? []);
  const isWhole = failedBecause === null;
  return {
    schema: 1,
    ...columns,
    notes: Object.assign(settingsNote(run, plan), ...summaries.map(({ notes }) => notes)) as Record<string, string>, // Maps of strings merged.
    stages: [...finished.values()].map(({ record }) => record),
    measurements: isWhole ? [...summaries.flatMap(({ measurements }) => measurements), ...costs(stageOf)] : [],
    traces: summaries.flatMap(({ traces }) => traces),
    failedBecause,
  };
}

/**
 * What the defence's settings are, all of them: `setting` says only in what an entry differs from the experiment's first, so that a
 * sweep would not know where its own first entry stands.
 */
function settingsNote({ roles }: PlannedRun, { nodes }: Plan): Record<string, string> {
  const settings = phases.flatMap((role) => {
    const params = nodes.get(roles[role] ?? '')?.params ?? null;
    // Each part is an object; what names the defence and the corpus is none.
    const parts = Object.entries(params ?? {}).filter(([, part]) => part !== null && typeof part === 'object');
    return [...leaves(Object.fromEntries(parts) as Json)].map(([path, value]) => `${path}=${value}`);
  });
  return settings.length === 0 ? {} : { settings: settings.join(';') };
}

function costs(stageOf: (role: Role) => Finished | undefined): Measurement[] {
  const seconds = timed.flatMap(([role, subset]) => {
    const stage = stageOf(role);
    return stage === undefined ? [] : [plain('seconds', subset, stage.record.provenance.seconds)];
  });
  const peaks = timed.flatMap(([role]) => stageOf(role)?.record.provenance.peakMemoryBytes ?? []);
  // Of the process, so of the largest stage it had computed by then: an upper bound for this run.
  return [...seconds, ...(peaks.length === 0 ? [] : [plain('peak-memory', '', Math.max(...peaks))])];
}

function plain(metric: string, subset: string, value: number): Measurement {
  return { metric, subset, value, hits: null, n: null, unmeasuredBecause: null };
}
