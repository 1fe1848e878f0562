/** Cells that a table computes over many runs: counts of models, rates of them, results of tests. */
import type { Reported } from '../core/contracts.ts';
import { wilson } from '../core/statistics.ts';
import type { Cell } from './table.ts';
import type { Unit } from './vocabulary.ts';

/** What a computed cell rests on. */
export interface Behind {
  readonly runs: readonly string[];
  /** Shown beside a rate; empty for plain numbers. */
  readonly seeds?: readonly number[];
  readonly shortfall?: readonly string[];
  readonly reported?: Reported | null;
}

export function numberCell(value: number, unit: Unit, behind: Behind): Cell {
  return { ...blank(unit, behind), value };
}

/** A share of models or pairs, with Wilson's interval; of none it has no value. */
export function rateCell(hits: number, n: number, ofNothing: string, behind: Behind): Cell {
  if (n === 0) return missingCell(ofNothing, 'rate', behind);
  return { ...blank('rate', behind), value: hits / n, hits, n, interval: { ...wilson(hits, n), method: 'wilson' } };
}

export function missingCell(why: string, unit: Unit, behind: Behind): Cell {
  return { ...blank(unit, behind), missingBecause: why, shortfall: [] };
}

function blank(unit: Unit, { runs, seeds = [], shortfall = [], reported = null }: Behind): Cell {
  const nothing = { value: null, hits: null, n: null, interval: null, missingBecause: null } as const;
  return { ...nothing, unit, seeds, plannedSeeds: seeds.length, runs, reported, shortfall };
}

/** Distinct, ascending. */
export function seedsOf(slots: readonly { readonly seed: number }[]): number[] {
  return [...new Set(slots.map(({ seed }) => seed))].sort((a, b) => a - b);
}

/** Keys of the runs that fill the slots. */
export function runsOf(slots: readonly { readonly filledBy: { readonly run: string } | null }[]): string[] {
  return slots.flatMap(({ filledBy }) => (filledBy === null ? [] : [filledBy.run]));
}
