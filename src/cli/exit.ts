/** Exit codes, and the way Ctrl-C reaches a stage. */

export const exitCodes = { ok: 0, runFailed: 1, userError: 2, interrupted: 130 } as const;

/** The reason an interrupted stage throws. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted: what was saved is kept; the same command goes on from there');
  }
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
