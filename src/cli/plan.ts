/** `elibadcode plan`: every run of an experiment and its state, before any compute. */
import { Command } from 'commander';
import { render } from '../plan/render.ts';
import { estimateText } from './estimate.ts';
import { type PlanOptions, withPlan } from './options.ts';
import { prepare } from './prepare.ts';

export function planCommand(): Command {
  return withPlan(new Command('plan').argument('<experiment>', 'a name (see ls), or a path to a .ts, .js or .json file'))
    .summary('show every run and its state; computes none')
    .description('Shows every run of an experiment: done, partly done, to do, or why it cannot be run here; and how many stages are left.')
    .option('--estimate', 'also how long what is left will take here; measures this machine for some seconds', false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ elibadcode plan quickstart --estimate\n  $ elibadcode plan table-1 --only attack=codepoisoner,defense=elibadcode',
    )
    .action(async (given: string, options: PlanOptions & { readonly estimate: boolean }) => {
      const prepared = await prepare(given, options);
      process.stdout.write(render(prepared.plan, prepared.isDone));
      if (options.estimate) process.stdout.write(await estimateText(prepared, options));
    });
}
