/** `elibadcode run`: computes what an experiment still lacks and writes the record of every run. */
import { join } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { type Log, makeLog } from '../core/log.ts';
import type { Plan } from '../plan/contracts.ts';
import { render, stagesToRun } from '../plan/render.ts';
import { type Engine, execute, openEngine, readOrigin, stages } from '../run/index.ts';
import { exitCodes, onInterrupt } from './exit.ts';
import { runInProcesses } from './jobs.ts';
import { limitsOf, type RunOptions, withRun } from './options.ts';
import { fetchMissing, type Prepared, prepare } from './prepare.ts';
import { openScreen } from './progress.ts';

export function runCommand(): Command {
  return withRun(new Command('run').argument('<experiment>', 'a name (see ls), or a path to a .ts, .js or .json file'))
    .summary('compute what an experiment still lacks')
    .description(
      'Computes what an experiment still lacks and writes a record for each run. What is done is never done twice; an interrupted or\n' +
        'killed run goes on from its last epoch or iteration. Several such commands, also on several machines with one results folder,\n' +
        'share the work. Exit code: 0 all runs done, 1 some run failed, 2 nothing could be run as asked, 130 interrupted.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ elibadcode run quickstart\n  $ elibadcode run devign-mini --device webgpu\n  $ elibadcode run table-1 --only corpus=devign,seed=1,seed=2 --jobs 2\n  $ elibadcode run quickstart --dry-run',
    )
    .action(runVerb);
}

async function runVerb(given: string, options: RunOptions): Promise<void> {
  const log = makeLog((text) => process.stderr.write(text), options);
  let prepared = await prepare(given, options);
  if (!options.dryRun && (await hasFetched(prepared, log))) prepared = await prepare(given, options);
  const { plan, isDone } = prepared;
  if (options.dryRun) {
    process.stdout.write(render(plan, isDone));
    return;
  }
  refuseIfNothingCanRun(plan);
  for (const reason of obstacles(plan)) log.info(`not run: ${reason}`);
  const left = stagesToRun(plan).filter((key) => !isDone(key));
  log.info(`${plan.experiment}: ${left.length} of ${stagesToRun(plan).length} stages to compute`);
  const isSplit = options.jobs > 1 && left.length > 1;
  process.exitCode = isSplit
    ? await runInProcesses(given, options, log)
    : await runHere(prepared.plan, prepared.cacheDir, left, options, log.warn);
  const records = plan.runs.length - obstaclesCount(plan);
  const failed = plan.runs.filter(({ notRunBecause, stages }) => notRunBecause === null && !stages.every(isDone)).length;
  log.info(
    `${records} runs${failed === 0 ? '' : `, ${failed} of them failed`}; records in ${join(options.results, 'records')}; next: elibadcode report ${given}`,
  );
}

/** Whether models came from a hub that this machine lacked: planned anew, their runs are found possible. */
async function hasFetched(prepared: Prepared, log: Log): Promise<boolean> {
  const { signal, dispose } = onInterrupt(log.warn);
  try {
    return await fetchMissing(prepared, log, signal);
  } finally {
    dispose();
  }
}

async function runHere(
  plan: Plan,
  cacheDir: string,
  left: readonly string[],
  options: RunOptions,
  warn: (line: string) => void,
): Promise<number> {
  const { device, engine: kind } = options;
  let engine: Promise<Engine> | undefined;
  const open = (): Promise<Engine> => (engine ??= openEngine({ device, engine: kind, ...limitsOf(options) }));
  // A device that is not there is the user's error, to be told before any compute, and no run's failure.
  if (left.some((key) => stages[plan.nodes.get(key)!.stage].usesEngine)) await open();
  const { signal, dispose } = onInterrupt(warn);
  const screen = openScreen(plan, process.stderr, options.quiet);
  try {
    const recordsDir = join(options.results, 'records');
    const origin = await readOrigin();
    const outcome = await execute(plan, { stages, cacheDir, recordsDir, openEngine: open, origin, observer: screen, signal });
    return outcome.failed > 0 ? exitCodes.runFailed : exitCodes.ok;
  } finally {
    screen.close();
    dispose();
    await (await engine)?.close();
  }
}

function refuseIfNothingCanRun(plan: Plan): void {
  if (plan.runs.some(({ notRunBecause }) => notRunBecause === null)) return;
  throw new UserError(plan.experiment, `none of its runs can be run here:\n  ${obstacles(plan).join('\n  ')}`);
}

function obstacles(plan: Plan): string[] {
  return [...new Set(plan.runs.flatMap(({ notRunBecause }) => notRunBecause ?? []))];
}

function obstaclesCount(plan: Plan): number {
  return plan.runs.filter(({ notRunBecause }) => notRunBecause !== null).length;
}
