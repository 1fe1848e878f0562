/** What a stage is given besides its inputs and parameters. A stage reads no file, no clock and no ambient random number. */
import type { Rng } from './rng.ts';

export interface StageContext {
  readonly rng: Rng;
  /** Aborted on Ctrl-C: a stage checks it between steps and throws `signal.reason`. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly resume: ResumeSlot;
}

/** Called often; the caller decides what to draw. */
export type Progress = (update: {
  /** `epoch 2/5`, `inversion target 0` … */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Numbers worth seeing while it runs: `{ loss: 0.31, asr: 0.97 }`. */
  readonly detail?: Readonly<Record<string, number>>;
}) => void;

/** Partial state of one unfinished stage: named files, replaced as a whole, dropped when the stage completes. */
export interface ResumeSlot {
  /** What the last `save` of an earlier, interrupted attempt left, or `null`. */
  load(): ReadonlyMap<string, Uint8Array> | null;
  save(files: ReadonlyMap<string, Uint8Array>): void;
  /** For a stage that could save many times a second: whether enough time has gone by since the last save. Absent: always. */
  isDue?(): boolean;
  /** For a stage whose state is large: whether so much time has gone by that losing it would cost more than a save. Absent: never. */
  isOverdue?(): boolean;
}

/** A context for tests and one-off calls: nothing is kept, nothing is drawn. */
export function quietContext(rng: Rng): StageContext {
  return {
    rng,
    signal: new AbortController().signal,
    progress: () => undefined,
    resume: { load: () => null, save: () => undefined },
  };
}
