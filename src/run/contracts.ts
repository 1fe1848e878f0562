/** What the executor knows of a stage: how to compute it, how to keep its value, what of the value a record shows. */
import type { Measurement, Provenance, StageRecord, TracePoint } from '../core/contracts.ts';
import type { Progress, StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import type { PlannedRun, StageName, StageNode } from '../plan/contracts.ts';

export interface StageCall {
  /** JSON; each stage states the type of its own. */
  readonly params: unknown;
  /** Role -> value of the stage that plays it. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: StageContext;
  /** For stages that compute on it; opens it at the first call. */
  readonly engine: () => Promise<Engine>;
}

export interface Stage<Value = unknown> {
  readonly usesEngine: boolean;
  compute(call: StageCall): Value | Promise<Value>;
  /** Into an empty folder that is published as a whole afterwards. */
  write(folder: string, value: Value): void | Promise<void>;
  read(folder: string): Value | Promise<Value>;
  summarize(value: Value): Summary;
}

export type StageTable = Readonly<Record<StageName, Stage>>;

/** What a record shows of a stage's value, kept beside it so that a record can be written without reading a model's weights. */
export interface Summary {
  readonly measurements: readonly Measurement[];
  readonly traces: readonly TracePoint[];
  readonly notes: Readonly<Record<string, string>>;
}

export const emptySummary: Summary = { measurements: [], traces: [], notes: {} };

/** A finished stage as it lies in the cache. */
export interface Finished {
  readonly record: StageRecord;
  readonly summary: Summary;
}

/** What is told while a plan is executed; nothing here changes what is computed. */
export interface Observer {
  /** `left` counts the stages still to compute, this one included. */
  started(node: StageNode, left: number): void;
  /** An earlier attempt was interrupted after so many seconds; this one goes on from what it saved. */
  resumed(node: StageNode, secondsBefore: number): void;
  progressed(node: StageNode, update: Parameters<Progress>[0]): void;
  finished(node: StageNode, seconds: number): void;
  failed(node: StageNode, error: unknown): void;
  /** Every stage that could be computed now is being computed by another process. */
  waiting(left: number): void;
  recorded(run: PlannedRun, failedBecause: string | null): void;
}

export interface ExecuteOptions {
  readonly stages: StageTable;
  readonly cacheDir: string;
  readonly recordsDir: string;
  readonly openEngine: () => Promise<Engine>;
  /** The part of the provenance that is the same for all stages of this process. */
  readonly origin: Pick<Provenance, 'commit' | 'dirty' | 'versions'>;
  readonly observer: Observer;
  readonly signal: AbortSignal;
}

export interface Outcome {
  readonly computed: number;
  readonly runs: number;
  readonly failed: number;
}
