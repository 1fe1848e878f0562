/** The resume slot of a stage on disk: numbered folders and a pointer that is replaced atomically, so that a kill leaves the last whole save. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { writeAtomically } from '../core/fs.ts';
import type { ResumeSlot } from '../core/stage.ts';

/** Between two saves of a stage that asks: a save waits for the disk, some 20 ms each time. A killed run loses no more than this. */
const SECONDS_BETWEEN_SAVES = 2;

/** The same where the state is a model’s with its moments, gigabytes for the largest. */
const SECONDS_BETWEEN_LARGE_SAVES = 300;

export interface DiskSlot extends ResumeSlot {
  /** Seconds that earlier attempts had spent when they saved what this one goes on from. */
  readonly secondsBefore: number;
}

interface Pointer {
  readonly save: number;
  readonly seconds: number;
}

/** @param elapsed seconds of this attempt so far */
export function openSlot(folder: string, elapsed: () => number): DiskSlot {
  const pointerPath = join(folder, 'current.json');
  const found = existsSync(pointerPath) ? (JSON.parse(readFileSync(pointerPath, 'utf8')) as Pointer) : null; // Ours, written atomically.
  let last = found?.save ?? 0;
  let savedAt = elapsed();
  return {
    secondsBefore: found?.seconds ?? 0,
    load() {
      if (found === null) return null;
      const saved = join(folder, String(found.save));
      try {
        return new Map(readdirSync(saved).map((name) => [name, new Uint8Array(readFileSync(join(saved, name)))]));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new UserError(
          folder,
          `the state of an interrupted run cannot be read: ${reason}`,
          'delete this folder: the stage starts anew',
        );
      }
    },
    isDue: () => elapsed() - savedAt >= SECONDS_BETWEEN_SAVES,
    isOverdue: () => elapsed() - savedAt >= SECONDS_BETWEEN_LARGE_SAVES,
    save(files) {
      const next = join(folder, String(last + 1));
      rmSync(next, { recursive: true, force: true });
      mkdirSync(next, { recursive: true });
      for (const [name, content] of files) writeFileSync(join(next, name), content, { flush: true });
      const pointer: Pointer = { save: last + 1, seconds: (found?.seconds ?? 0) + elapsed() };
      writeAtomically(pointerPath, JSON.stringify(pointer));
      last += 1;
      savedAt = elapsed();
      // What this attempt began from stays until it ends: `load` may be called at any time and always gives the same.
      const kept = [pointerPath, next, join(folder, String(found?.save))];
      const rest = readdirSync(folder).filter((name) => !kept.includes(join(folder, name)));
      for (const name of rest) rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}
