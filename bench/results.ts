/** What a run of the benchmark writes, and what the tables read: every call's time, and where it was measured. */
import { UserError } from '../src/core/errors.ts';
import { readJson } from '../src/core/fs.ts';
import type { CaseSpec, setting } from './cases.ts';
import type { TimingLine } from './job.ts';
import type { Budget } from './laps.ts';

export const programs = ['ours', 'peer', 'peer-tf32'] as const;
export type ProgramName = (typeof programs)[number];

/** One kind of work in one process. */
export interface Sample extends TimingLine {
  readonly program: ProgramName;
  /** From 0; in each round every program has a fresh process for each size. */
  readonly round: number;
  /** Size. */
  readonly case: string;
}

/** A process that ended badly; what it had measured before stands among the samples. */
export interface Failure {
  readonly program: ProgramName;
  readonly round: number;
  readonly case: string;
  readonly problem: string;
}

export interface Results {
  readonly format: 'elibadcode bench 1';
  /** ISO 8601 */
  readonly startedAt: string;
  readonly commit: string | null;
  readonly machine: Readonly<Record<'cpu' | 'gpu' | 'system', string | null>> & { readonly cores: number; readonly memoryBytes: number };
  readonly device: string;
  readonly threads: number;
  readonly rounds: number;
  readonly budget: Budget;
  readonly setting: typeof setting;
  readonly cases: readonly CaseSpec[];
  readonly rows: { readonly origin: string; readonly digest: string; readonly evaluationTokens: number; readonly inversionTokens: number };
  /** What each program said of itself. */
  readonly about: Readonly<Partial<Record<ProgramName, Readonly<Record<string, string | null>>>>>;
  readonly samples: readonly Sample[];
  readonly failures: readonly Failure[];
}

export function readResults(path: string): Results {
  const results = readJson(path) as Partial<Results>;
  if (results.format !== 'elibadcode bench 1') throw new UserError(path, 'no results of the benchmark', 'a file that bench/bench.ts wrote');
  return results as Results;
}
