/** Options that several verbs share. They say how to run, never what: what is run is the experiment's file alone. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError, Option } from 'commander';

export const experimentsDir = fileURLToPath(new URL('../../experiments', import.meta.url));
const resultsDir = fileURLToPath(new URL('../../results', import.meta.url));

export interface CommonOptions {
  readonly results: string;
  readonly quiet: boolean;
}

export interface PlanOptions extends CommonOptions {
  readonly device: 'cpu' | 'webgpu' | 'cuda';
  readonly engine: 'traced' | 'tfjs-node-gpu';
  readonly only: readonly string[];
}

export interface RunOptions extends PlanOptions {
  readonly threads?: number;
  /** GiB */
  readonly memory?: number;
  readonly jobs: number;
  readonly dryRun: boolean;
}

export function withCommon(command: Command): Command {
  return command
    .option('--results <dir>', 'folder of cache, records and store', resultsDir)
    .option('--quiet', 'print results and warnings only', false);
}

/** Device and engine are part of the keys, so that a plan and a report are asked about the same ones as a run. */
export function withPlan(command: Command): Command {
  return withDevice(withCommon(command)).option(
    '--only <key=value,…>',
    'these runs alone; keys: task, corpus, model, weights, attack, defense, seed; values of one key are alternatives',
    (text: string, before: readonly string[]) => [...before, ...text.split(',')],
    [],
  );
}

export function withDevice(command: Command): Command {
  return command
    .addOption(new Option('--device <device>', 'where to compute').choices(['cpu', 'webgpu', 'cuda']).default('cpu'))
    .addOption(new Option('--engine <engine>', 'what computes').choices(['traced', 'tfjs-node-gpu']).default('traced'));
}

/** What bounds an engine. */
export function withLimits(command: Command): Command {
  return command
    .option('--threads <n>', `threads of the CPU (default: one a core, here ${availableParallelism()})`, count)
    .option(
      '--memory <GiB>',
      'memory a training program may take; larger batches are computed in parts, with equal numbers (default: 60 % of the host’s, 20 at most; on webgpu what the adapter gives)',
      amount,
    );
}

/** The limits as an engine takes them. */
export function limitsOf({ threads, memory }: Pick<RunOptions, 'threads' | 'memory'>): { threads?: number; memory?: number } {
  return { ...(threads === undefined ? {} : { threads }), ...(memory === undefined ? {} : { memory: memory * GIB }) };
}

const GIB = 2 ** 30;

export function withRun(command: Command): Command {
  return withLimits(withPlan(command))
    .option('--jobs <n>', 'processes that share the plan; the threads are divided among them', count, 1)
    .option('--dry-run', 'print the plan and stop', false);
}

/** A whole number from 1, of an option. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1');
  return value;
}

/** A number above 0, of an option. */
function amount(text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidArgumentError('a number above 0');
  return value;
}
