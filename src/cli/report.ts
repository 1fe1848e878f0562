/** `elibadcode report`: tables and figures from the store. */
import { join } from 'node:path';
import { Command } from 'commander';
import { buildReport } from '../report/index.ts';
import { openResults } from '../store/index.ts';
import { knowledgeOf } from './knowledge.ts';
import { type PlanOptions, withPlan } from './options.ts';
import { prepare } from './prepare.ts';
import { readPretrainings } from './pretrainings.ts';

export function reportCommand(): Command {
  return withPlan(new Command('report').argument('[experiment]', 'a name or path; left out: everything in the store, as stored'))
    .summary('tables and figures from stored measurements')
    .description(
      'Takes new records into the store and writes tables (Markdown, CSV, LaTeX) and figures (Vega-Lite, SVG, PNG) beside the values the\n' +
        'paper printed: for one experiment into results/reports/EXPERIMENT, where its plan says what is missing and why; else into results/.\n' +
        'Computes no measurement.',
    )
    .addHelpText('after', '\nExamples:\n  $ elibadcode report quickstart\n  $ elibadcode report')
    .action(async (given: string | undefined, options: PlanOptions) => {
      const plan = given === undefined ? null : (await prepare(given, options)).plan;
      const store = await openResults(options.results);
      try {
        const { text } = await buildReport({
          store,
          experiment: plan?.experiment ?? null,
          planned: plan?.runs ?? null,
          knowledge: knowledgeOf(),
          pretrainings: readPretrainings(join(options.results, 'pretraining')),
          // One experiment's tables are its user's own; the committed ones hold everything measured.
          outDir: plan === null ? options.results : join(options.results, 'reports', plan.experiment),
        });
        process.stdout.write(text);
      } finally {
        store.close();
      }
    });
}
