/** `elibadcode plan`: every run of an experiment and its state, before any compute. */
import { Command } from 'commander';
import { render } from '../plan/render.ts';
import { type PlanOptions, withPlan } from './options.ts';
import { prepare } from './prepare.ts';

export function planCommand(): Command {
  return withPlan(new Command('plan').argument('<experiment>', 'a name (see ls), or a path to a .ts, .js or .json file'))
    .summary('show every run and its state; computes nothing')
    .description('Shows every run of an experiment: done, partly done, to do, or why it cannot be run here; and how many stages are left.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ elibadcode plan quickstart\n  $ elibadcode plan table-1 --only attack=codepoisoner,defense=elibadcode',
    )
    .action(async (given: string, options: PlanOptions) => {
      const { plan, isDone } = await prepare(given, options);
      process.stdout.write(render(plan, isDone));
    });
}
