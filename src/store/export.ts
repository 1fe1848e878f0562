/** Writes the committed form of results (exported.ts): equal data gives equal bytes. */
import { UserError, unknownName } from '../core/errors.ts';
import { writeAtomically } from '../core/fs.ts';
import { canonicalJson } from '../core/hash.ts';
import { formatCsv } from './csv.ts';
import { companions, factColumns, identityColumns, runColumns, traceColumns } from './exported.ts';
import { readRuns, type StoredRun } from './runs.ts';
import type { Store } from './store.ts';

/** Writes `path`, `runs.csv` and `traces.csv` beside it, for all runs or the keys named; gives the paths. */
export async function exportMeasurements(store: Store, path: string, options: { runs: 'all' | readonly string[] }): Promise<string[]> {
  const stored = await readRuns(store);
  const known = stored.map((run) => run.run);
  const asked = options.runs === 'all' ? known : options.runs;
  const missing = asked.find((run) => !known.includes(run));
  if (missing !== undefined)
    throw new UserError('export', `${unknownName(missing, known)} among the store's runs`, '`elibadcode ls` lists them');
  const runs = stored.filter((run) => asked.includes(run.run));
  const { runs: runsPath, traces: tracesPath } = companions(path);
  writeAtomically(
    path,
    formatCsv(
      factColumns,
      runs.flatMap((run) =>
        run.measurements.map((m) => [...identityOf(run), m.metric, m.subset, m.value, m.hits, m.n, m.unmeasuredBecause]),
      ),
    ),
  );
  writeAtomically(
    runsPath,
    formatCsv(
      runColumns,
      runs.map((run) => [...identityOf(run), run.failedBecause, canonicalJson(run.notes), canonicalJson({ ...run.provenance })]),
    ),
  );
  writeAtomically(
    tracesPath,
    formatCsv(
      traceColumns,
      runs.flatMap((run) => run.traces.map((t) => [run.run, t.series, t.curve, t.step, t.label, t.value])),
    ),
  );
  return [path, runsPath, tracesPath];
}

/** In the order of `identityColumns`. */
function identityOf(run: StoredRun): (string | number | null)[] {
  const { compared_with, ...same } = { ...run, compared_with: run.comparedWith };
  return identityColumns.map((column) => (column === 'compared_with' ? compared_with : same[column]));
}
