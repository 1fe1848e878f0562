/** `elibadcode collect`: takes run records, from another machine say, into the store. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { collect } from '../store/index.ts';
import { type CommonOptions, withCommon } from './options.ts';

export function collectCommand(): Command {
  return withCommon(new Command('collect').argument('[dir]', 'a folder of records, or a results folder; left out: our own records'))
    .summary('take run records into the store')
    .description('Takes run records into results/store.duckdb and, when they come from elsewhere, copies them into results/records.')
    .addHelpText('after', '\nExamples:\n  $ elibadcode collect ../from-the-gpu-machine/results\n  $ elibadcode collect')
    .action(async (dir: string | undefined, { results, quiet }: CommonOptions) => {
      const own = join(results, 'records');
      const given = dir ?? own;
      const recordsDir = existsSync(join(given, 'records')) ? join(given, 'records') : given;
      const taken = await collect({ recordsDir, storePath: join(results, 'store.duckdb'), adoptInto: own });
      const counts = Object.entries(taken).map(([what, runs]) => `${(runs as readonly string[]).length} ${what}`);
      if (!quiet) process.stdout.write(`${counts.join(', ')}\n`);
    });
}
