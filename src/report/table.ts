/** Tables as typed cells, each with its counts, its runs and the paper's value; what they look like is the formats' business. */
import type { Reported } from '../core/contracts.ts';
import type { Quantity, Unit } from './vocabulary.ts';

export interface Cell {
  /** As computed, never rounded: one run's value, or the mean over seeds. */
  readonly value: number | null;
  readonly unit: Unit;
  /** Of one run's rate. */
  readonly hits: number | null;
  /** Samples of each run's rate; `null` when runs differ in it, or it is no rate. */
  readonly n: number | null;
  /** Seeds measured, ascending, and how many there should be. */
  readonly seeds: readonly number[];
  readonly plannedSeeds: number;
  /** 95 %: Wilson's for one run's rate, percentile bootstrap over seeds for several. */
  readonly interval: { readonly low: number; readonly high: number; readonly method: 'wilson' | 'bootstrap' } | null;
  /** Keys of the runs it was computed from. */
  readonly runs: readonly string[];
  /** The paper's value; `null` where the paper has no such cell. */
  readonly reported: Reported | null;
  /** Why there is no value: `value === null` if and only if this is not `null`. */
  readonly missingBecause: string | null;
  /** Why fewer seeds than planned were measured, one reason a seed: `seed 3: not run`. */
  readonly shortfall: readonly string[];
}

export interface Row {
  /** One for each of the table's stubs. */
  readonly labels: readonly string[];
  /** What the row measures, with its unit and its better direction; `null` where each column measures something else. */
  readonly quantity: Quantity | null;
  /** One for each column. */
  readonly cells: readonly Cell[];
}

export interface Column {
  readonly title: string;
  /** As a row's, which it overrides: a ratio or a p-value beside rows of seconds. */
  readonly quantity: Quantity | null;
}

export interface Table {
  readonly title: string;
  /** Titles of the columns of labels. */
  readonly stubs: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Sentences below the table. */
  readonly notes: readonly string[];
  readonly provenance: TableProvenance;
}

/** Over all runs of a table. */
export interface TableProvenance {
  readonly runs: readonly string[];
  readonly commits: readonly string[];
  readonly dirty: boolean | null;
  readonly devices: readonly string[];
}

/** For each column, whether the paper has a place beside anything in it; without one it has no column beside it. */
export function besideOf({ columns, rows }: Table): boolean[] {
  return columns.map((_, at) => rows.some((row) => row.cells[at]!.reported !== null));
}
