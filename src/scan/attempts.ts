/** Inversions on disk: what an interrupted scan goes on from, and finished ones, which references of many scans share. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopwatch } from '../core/clock.ts';
import { readJson, writeAtomically } from '../core/fs.ts';
import type { Attempts, FinishedInversion } from './contracts.ts';

type OpenSlot = (folder: string, elapsed: () => number) => ReturnType<Attempts['slot']>;

export function attemptsIn(folder: string, openSlot: OpenSlot): Attempts {
  const finished = (key: string): string => join(folder, `${key}.json`);
  const partial = (key: string): string => join(folder, `${key}.partial`);
  return {
    slot: (key) => openSlot(partial(key), stopwatch()),
    // Ours, written atomically under a key of everything that fixes it.
    recall: (key) => (existsSync(finished(key)) ? (readJson(finished(key)) as FinishedInversion) : null),
    keep(key, found) {
      writeAtomically(finished(key), JSON.stringify(found));
      rmSync(partial(key), { recursive: true, force: true });
    },
  };
}
