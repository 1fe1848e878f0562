/** DBS' dynamic bound scaling as rules on numbers (defenses.md 1): when the temperature falls, when it rolls back, which trigger is the best. */
import type { DbsInversion } from './settings.ts';

export type ScheduleSettings = Pick<DbsInversion, 'temperature' | 'barrier' | 'slack' | 'rollbackLimit' | 'discrete'>;

/** The rows' most probable tokens after an epoch. */
export interface FoundTokens {
  /** Positions in the vocabulary, one a row. */
  readonly tokens: readonly number[];
  /** Of the soft trigger. */
  readonly loss: number;
  /** 0-based. */
  readonly epoch: number;
  /** Whether the rows were one-hot within the slack. */
  readonly isDiscrete: boolean;
}

export interface Schedule {
  /** T */
  readonly temperature: number;
  /** Loss below which T falls. */
  readonly barrier: number;
  /** Whether the loss has reached the barrier once. */
  readonly scaling: boolean;
  /** Since the barrier last moved. */
  readonly rollbacks: number;
  /** Of the epoch before; `null` before the first. */
  readonly loss: number | null;
  /** By the rule `discrete`; `null` while it has not fired. */
  readonly best: FoundTokens | null;
  /** The lowest loss of all, one-hot or not. */
  readonly lowest: FoundTokens | null;
}

export const startSchedule = ({ temperature, barrier }: ScheduleSettings): Schedule => ({
  temperature: temperature.start,
  barrier,
  scaling: false,
  rollbacks: 0,
  loss: null,
  best: null,
  lowest: null,
});

/** Keeps a raised barrier below the best loss, so that what is accepted is better. */
const IMPROVEMENT = 1e-3;

/** Before an epoch's pass. @returns whether the pass gets noise: T was rolled back */
export function beginEpoch(
  before: Schedule,
  epoch: number,
  { temperature: { checkEvery, factor, max }, rollbackLimit }: ScheduleSettings,
): { readonly schedule: Schedule; readonly isRolledBack: boolean } {
  const { loss, scaling, temperature, ...schedule } = raiseBarrier(before, rollbackLimit);
  const kept = { loss, scaling, ...schedule };
  if (!scaling || loss === null || epoch % checkEvery !== 0) return { schedule: { ...kept, temperature }, isRolledBack: false };
  if (loss < schedule.barrier) return { schedule: { ...kept, temperature: temperature / factor }, isRolledBack: false };
  const warmer = { ...kept, temperature: Math.min(temperature * factor, max), rollbacks: schedule.rollbacks + 1 };
  return { schedule: warmer, isRolledBack: true };
}

function raiseBarrier(schedule: Schedule, limit: number | null): Schedule {
  const { rollbacks, barrier, best } = schedule;
  if (limit === null || rollbacks < limit) return schedule;
  const highest = best === null ? Number.POSITIVE_INFINITY : best.loss - IMPROVEMENT;
  return { ...schedule, rollbacks: 0, barrier: Math.min(2 * barrier, highest) };
}

/** @param distance D = n − Σ over rows of max P, of the pass that had this loss */
export function endEpoch(
  before: Schedule,
  { distance, ...pass }: Omit<FoundTokens, 'isDiscrete'> & { readonly distance: number },
  { slack, discrete }: Pick<ScheduleSettings, 'slack' | 'discrete'>,
): Schedule {
  const found = { ...pass, isDiscrete: distance < slack };
  const { loss } = found;
  const isBelow = loss <= before.barrier;
  const after = {
    ...before,
    loss,
    scaling: before.scaling || isBelow,
    lowest: before.lowest === null || loss < before.lowest.loss ? found : before.lowest,
  };
  if (found.isDiscrete && isBelow) return { ...after, best: found, barrier: loss / 2, rollbacks: 0 };
  const isLower = before.best === null || loss < before.best.loss;
  return discrete === 'code' && isLower ? { ...after, best: found } : after;
}
