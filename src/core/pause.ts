/** Long loops on the host: they wait for a moment now and then, so that Ctrl-C is heard. */
import { setImmediate } from 'node:timers/promises';

/** Lets what waits run, and throws if the work is to stop. */
export type Pause = () => Promise<void>;

export const pauseFor =
  (signal: AbortSignal): Pause =>
  async () => {
    // A signal is aborted by an event, and none is seen while a loop runs.
    await setImmediate();
    signal.throwIfAborted();
  };
