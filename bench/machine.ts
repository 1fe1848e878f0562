/** What the numbers were measured on. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Results } from './results.ts';

export function describeMachine(): Results['machine'] {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? null,
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    gpu: firstLine('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader']),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
  };
}

export function gitCommit(): string | null {
  return firstLine('git', ['-C', fileURLToPath(new URL('.', import.meta.url)), 'rev-parse', 'HEAD']);
}

/** Of a command's output; `null` where it is not there or fails. */
function firstLine(command: string, args: readonly string[]): string | null {
  try {
    const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return output.split('\n')[0]!.trim();
  } catch {
    return null;
  }
}
