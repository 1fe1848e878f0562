/** Promises that are waited for some time after they were made. */

/** The same promise: if it fails before somebody waits for it, that is no unhandled failure, which would end the process. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
