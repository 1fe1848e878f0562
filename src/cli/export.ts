/** `elibadcode export`: the committed form of results, three CSV files. */
import { join } from 'node:path';
import { Command } from 'commander';
import { unknownName, UserError } from '../core/errors.ts';
import { exportMeasurements, openResults, readRuns } from '../store/index.ts';
import { type CommonOptions, withCommon } from './options.ts';

export function exportCommand(): Command {
  return withCommon(new Command('export').argument('[experiments...]', 'names; left out: all in the store'))
    .summary('write measurements.csv, the form to commit')
    .description('Writes results/measurements.csv, runs.csv and traces.csv with the runs of the named experiments, and of no other.')
    .addHelpText('after', '\nExample:\n  $ elibadcode export quickstart devign-mini')
    .action(async (names: readonly string[], { results, quiet }: CommonOptions) => {
      const store = await openResults(results);
      try {
        const runs = await readRuns(store);
        const known = [...new Set(runs.map(({ experiment }) => experiment))];
        const missing = names.find((name) => !known.includes(name));
        if (missing !== undefined) throw new UserError('export', unknownName(missing, known), known.join(', '));
        const chosen = runs.filter(({ experiment }) => names.length === 0 || names.includes(experiment));
        const paths = await exportMeasurements(store, join(results, 'measurements.csv'), { runs: chosen.map(({ run }) => run) });
        if (!quiet) process.stdout.write(`${chosen.length} runs: ${paths.join(', ')}\n`);
      } finally {
        store.close();
      }
    });
}
