/** The only place that reads the time: provenance and progress need it, numbers never do. */
import { setTimeout as delay } from 'node:timers/promises';

/** ISO 8601, UTC. */
export function now(): string {
  return new Date().toISOString();
}

/** Starts a monotonic watch; calling the result gives the seconds since. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/** Resolves after `seconds`; rejects with the signal's reason when aborted before. */
export async function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(seconds * 1000, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  }
}
