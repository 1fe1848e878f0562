/** Exit codes, and the way Ctrl-C reaches a stage. */
import { CommanderError } from 'commander';
import { UserError } from '../core/errors.ts';

export const exitCodes = { ok: 0, runFailed: 1, userError: 2, interrupted: 130 } as const;

/** The reason an interrupted stage throws. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted: what was saved is kept; the same command goes on from there');
  }
}

/** What the user can act on is said in its own words; anything else is a fault of ours and thrown on, with its stack. */
export function exitCodeOf(error: unknown, say: (text: string) => void): number {
  // Commander has printed its message; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.userError;
  if (error instanceof Interrupted) {
    say(`${error.message}\n`);
    return exitCodes.interrupted;
  }
  if (error instanceof UserError) {
    say(`error: ${error.message}\n`);
    return exitCodes.userError;
  }
  throw error;
}

/** Aborted by the first Ctrl-C (or SIGTERM); a second one ends the process at once. */
export function onInterrupt(say: (line: string) => void): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    say('stopping after this step; once more to stop at once');
    controller.abort(new Interrupted());
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, dispose: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
}
