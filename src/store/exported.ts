/**
 * The committed form of results: three CSV files beside each other, from which `make report` rebuilds every table and figure on
 * a fresh clone. `measurements.csv` has one measured fact a row and says what it belongs to; `runs.csv` holds what has no
 * number (notes, failure, provenance), `traces.csv` the curves.
 */
import { dirname, join } from 'node:path';

// prettier-ignore
export const identityColumns = ['run', 'experiment', 'task', 'corpus', 'model', 'weights', 'compared_with', 'attack', 'defense', 'setting', 'seed'] as const;
export const factColumns = [...identityColumns, 'metric', 'subset', 'value', 'hits', 'n', 'unmeasured_because'] as const;
export const runColumns = [...identityColumns, 'failed_because', 'notes', 'provenance'] as const;
export const traceColumns = ['run', 'series', 'curve', 'step', 'label', 'value'] as const;

/** The two companions of a measurements file. */
export function companions(path: string): { runs: string; traces: string } {
  return { runs: join(dirname(path), 'runs.csv'), traces: join(dirname(path), 'traces.csv') };
}
