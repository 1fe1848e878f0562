/** `--jobs N`: N processes of this command share one plan through the cache's locks; this one passes on what they say. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Log } from '../core/log.ts';
import { exitCodes, onInterrupt } from './exit.ts';
import type { RunOptions } from './options.ts';

const bin = fileURLToPath(new URL('./bin.mjs', import.meta.url));

/** The most serious exit code of all processes. */
export async function runInProcesses(given: string, options: RunOptions, log: Log): Promise<number> {
  const { signal, dispose } = onInterrupt(log.warn);
  const codes = await Promise.all(Array.from({ length: options.jobs }, (_, i) => runOne(i + 1, argumentsOf(given, options), signal)));
  dispose();
  signal.throwIfAborted();
  return Math.max(...codes);
}

/** The same command for one process, with its share of the threads. */
export function argumentsOf(given: string, { device, engine, threads, memory, jobs, only, results, quiet }: RunOptions): string[] {
  const share = Math.max(1, Math.floor((threads ?? availableParallelism()) / jobs));
  const bounds = memory === undefined ? [] : ['--memory', String(memory / jobs)];
  const how = ['--device', device, '--engine', engine, '--threads', String(share), ...bounds, '--results', results];
  return ['run', given, ...how, ...(only.length > 0 ? ['--only', only.join(',')] : []), ...(quiet ? ['--quiet'] : [])];
}

async function runOne(number: number, args: readonly string[], signal: AbortSignal): Promise<number> {
  // A group of its own: Ctrl-C reaches it once, through us, and not a second time from the terminal, which would end it at once.
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  signal.addEventListener('abort', () => child.kill('SIGINT'));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => process.stderr.write(`[${number}] ${line}\n`));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    // Killed from outside, for its memory say: its stage is unfinished, and so are the runs that need it.
    child.on('close', (code) => resolve(code ?? exitCodes.runFailed));
  });
}
