/** What one process is told, and what it prints: the border between bench.ts and the programs it times (ours.ts, peer.py). */
import type { EngineOptions } from '../src/engine/index.ts';
import type { setting } from './cases.ts';
import { type CaseSpec, type WorkName } from './cases.ts';
import type { Budget } from './laps.ts';
import type { JobRows } from './row-file.ts';

export interface Job {
  readonly spec: CaseSpec;
  readonly works: readonly WorkName[];
  readonly setting: typeof setting;
  readonly rows: JobRows;
  readonly budget: Budget;
  /** The peer computes on `cuda` where ours computes on `webgpu`. */
  readonly device: EngineOptions['device'];
  readonly threads: number;
  /** The peer multiplies matrices with TensorFloat-32. */
  readonly tf32: boolean;
}

/** A program's first line: what computes. */
export interface AboutLine {
  readonly about: Readonly<Record<string, string | null>>;
}

/** One line for each kind of work. */
export interface TimingLine {
  readonly work: WorkName;
  /** Of each timed call. */
  readonly seconds: readonly number[];
  /** Tracing and compiling, all shapes together; `null`: there is none (eager). */
  readonly compileSeconds: number | null;
  /** Most resident memory of the process while it worked, what earlier works of the process left included. */
  readonly peakBytes: number;
  /** Most memory allocated on the GPU; `null`: not known. */
  readonly devicePeakBytes: number | null;
}

export type Line = AboutLine | TimingLine;
