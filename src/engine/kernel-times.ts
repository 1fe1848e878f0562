/** Kernel times of many calls as one line a kernel. */
import type { KernelTime } from './contracts.ts';

/** Sums up equal kernels of a program; longest first. */
export function sumKernelTimes(times: readonly KernelTime[]): KernelTime[] {
  const sums = new Map<string, KernelTime>();
  for (const time of times) {
    const key = `${time.program}\n${time.kernel}`;
    const known = sums.get(key);
    sums.set(key, known === undefined ? time : { ...known, calls: known.calls + time.calls, seconds: known.seconds + time.seconds });
  }
  return [...sums.values()].toSorted((a, b) => b.seconds - a.seconds);
}
