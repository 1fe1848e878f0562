/** The most memory this process held since a moment. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Linux forgets the peak when 5 is written there; elsewhere the peak is of the whole process. */
export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // No such file, or not allowed: `peakBytes` says what there is then.
  }
}

/** Resident bytes. */
export function peakBytes(): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
