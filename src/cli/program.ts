/** The command and its verbs. */
import { Command } from 'commander';
import { collectCommand } from './collect.ts';
import { doctorCommand } from './doctor.ts';
import { eliminateCommand } from './eliminate.ts';
import { exportCommand } from './export.ts';
import { lsCommand } from './ls.ts';
import { planCommand } from './plan.ts';
import { pretrainCommand } from './pretrain.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { scanCommand } from './scan.ts';
import { showCommand } from './show.ts';
import { triggersCommand } from './triggers.ts';

export function makeProgram(): Command {
  const verbs = [
    planCommand(),
    runCommand(),
    pretrainCommand(),
    reportCommand(),
    collectCommand(),
    exportCommand(),
    lsCommand(),
    showCommand(),
    triggersCommand(),
    scanCommand(),
    eliminateCommand(),
    doctorCommand(),
  ];
  const program = new Command('elibadcode')
    .description(
      'Reproduces EliBadCode (FSE 2025) and compares defences against backdoors in neural code models.\n' +
        'What is run stands in experiments/*.ts alone; options say how.',
    )
    .addHelpText(
      'after',
      '\nThe usual order:\n' +
        '  $ elibadcode doctor             what this machine has\n' +
        '  $ elibadcode plan quickstart    what would be computed\n' +
        '  $ elibadcode run quickstart     compute it (again after an interruption: goes on)\n' +
        '  $ elibadcode report quickstart  tables and figures\n\n' +
        'Exit codes: 0 ok, 1 some run failed, 2 not possible as asked, 130 interrupted.',
    )
    .exitOverride();
  for (const verb of verbs) program.addCommand(verb.exitOverride());
  return program;
}
