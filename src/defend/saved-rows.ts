/** Rows of numbers that a phase computes for hours, one after the other, saved now and then: interrupted, it goes on after its last save. */
import { type Json, keyOf, sha256 } from '../core/hash.ts';
import type { ResumeSlot } from '../core/stage.ts';

export interface SavedRows {
  /** In float64, as computed, so that a resumed phase gives equal numbers; `undefined`: not there yet. */
  readonly rows: (Float64Array | undefined)[];
  /** Whether losing what is new would cost more than a save of everything, which for whole test sets is some 100 MB. */
  isOverdue(): boolean;
  save(): void;
}

/**
 * @param what the rows are, and what is computed for: two computations of one phase never read each other's
 * @param items one a row: of what it is computed
 */
export function openRows(resume: ResumeSlot, what: { readonly name: string; readonly settings: Json }, items: Iterable<Json>): SavedRows {
  const digests = Array.from(items, (item) => sha256(JSON.stringify(item)));
  const name = `${what.name}-${keyOf([what.settings, digests])}`;
  const rows = readRows(resume.load(), name) ?? Array.from({ length: digests.length }, () => undefined);
  return {
    rows,
    isOverdue: () => resume.isOverdue?.() === true,
    save: () => resume.save(filesOf(name, rows)),
  };
}

/** A slot for several computations of one phase: a save of one of them keeps what the others saved. */
export function sharedSlot(resume: ResumeSlot): ResumeSlot {
  const kept = new Map(resume.load());
  return {
    load: () => (kept.size === 0 ? null : kept),
    save(files) {
      for (const [name, content] of files) kept.set(name, content);
      resume.save(kept);
    },
    isDue: () => resume.isDue?.() ?? true,
    isOverdue: () => resume.isOverdue?.() === true,
  };
}

/** Length of a row that is not there. */
const ABSENT = -1;

/** Lengths, and the rows one behind the other. */
const partsOf = (name: string) => ({ lengths: `${name}.lengths`, values: `${name}.values` });

function filesOf(name: string, rows: SavedRows['rows']): Map<string, Uint8Array> {
  const lengths = Int32Array.from(rows, (row) => row?.length ?? ABSENT);
  const values = new Float64Array(lengths.reduce((sum, length) => sum + Math.max(0, length), 0));
  let at = 0;
  for (const row of rows) {
    if (row === undefined) continue;
    values.set(row, at);
    at += row.length;
  }
  const files = partsOf(name);
  return new Map([
    [files.lengths, new Uint8Array(lengths.buffer)],
    [files.values, new Uint8Array(values.buffer)],
  ]);
}

function readRows(saved: ReadonlyMap<string, Uint8Array> | null, name: string): SavedRows['rows'] | null {
  const files = partsOf(name);
  const [lengths, values] = [saved?.get(files.lengths), saved?.get(files.values)];
  if (lengths === undefined || values === undefined) return null;
  // Copies, which begin where a number may: what Node.js reads may lie anywhere in a larger buffer.
  const all = new Float64Array(new Uint8Array(values).buffer);
  let at = 0;
  return Array.from(new Int32Array(new Uint8Array(lengths).buffer), (length) =>
    length === ABSENT ? undefined : all.subarray(at, (at += length)),
  );
}
