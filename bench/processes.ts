/** Runs the timed programs as processes of their own and reads the lines they print. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { UserError } from '../src/core/errors.ts';
import type { AboutLine, Job, Line } from './job.ts';

/** @returns what went wrong, or `null`; lines printed before stay */
export async function runProcess(command: readonly string[], job: Job, onLine: (line: Line) => void): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'elibadcode-bench-'));
  const path = join(folder, 'job.json');
  writeFileSync(path, JSON.stringify(job));
  try {
    const [program = '', ...args] = command;
    const child = spawn(program, [...args, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    for await (const text of createInterface({ input: child.stdout })) onLine(JSON.parse(text) as Line);
    const [code, signal] = await ended;
    return code === 0 ? null : signal === null ? `exit code ${code}` : `ended by ${signal}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The peer's versions, before hours are spent on ours. */
export async function askPeer(command: readonly string[], device: Job['device']): Promise<AboutLine['about']> {
  const [program = '', ...args] = command;
  const instead = '--python COMMAND with PyTorch (and a GPU it knows, for a GPU device), or --ours-only';
  let about: AboutLine['about'];
  try {
    const { stdout } = await promisify(execFile)(program, [...args, '--about']);
    about = (JSON.parse(stdout) as AboutLine).about;
  } catch (error) {
    const reason = String((error as { readonly stderr?: string }).stderr ?? error).trim();
    throw new UserError('PyTorch', `${program} cannot run the peer: ${reason.split('\n').at(-1) ?? ''}`, instead);
  }
  if (device !== 'cpu' && about['gpu'] === null) throw new UserError('PyTorch', `${program} finds no GPU`, instead);
  return about;
}
