/** What a comparison of defences is about: for each task and attack, the runs of every defence in its default settings, with their cost. */
import type { Measurement, TaskName } from '../../core/contracts.ts';
import { groupBy } from '../../core/group-by.ts';
import { seedsOf } from '../computed.ts';
import { defensesOf, type Family, type Slot } from '../slots.ts';
import { defensePhases, noAttack, quantities, tasks, titleOf } from '../vocabulary.ts';

export const undefended = 'undefended';

/** One attack on one task and corpus. */
export interface ComparedScene {
  readonly task: TaskName;
  readonly corpus: string;
  /** The task, with the corpus where it has several. */
  readonly title: string;
  readonly attack: string;
  /** With `quantities.defenseSeconds` among the measurements. */
  readonly slots: readonly Slot[];
  readonly plannedSeeds: number;
}

export function scenesOf({ victims }: Family): ComparedScene[] {
  return victims.flatMap(({ task, corpus, slots }) => {
    const isAlone = victims.filter((victim) => victim.task === task).length === 1;
    const title = isAlone ? tasks[task].title : `${tasks[task].title} on ${titleOf(corpus)}`;
    const shown = slots.filter(({ attack, setting }) => attack !== noAttack && setting === '');
    return [...groupBy(shown, ({ attack }) => attack)]
      .filter(([, own]) => ranDefenses(own).length > 0)
      .map(([attack, own]) => ({ task, corpus, title, attack, slots: own.map(withSeconds), plannedSeeds: seedsOf(own).length }));
  });
}

/** Defences that ran, in the paper's order; an undefended model alone is nothing to compare. */
export function ranDefenses(slots: readonly Slot[]): string[] {
  const names = defensesOf(slots.filter(({ filledBy }) => filledBy !== null));
  return names.some((name) => name !== undefended) ? names : [];
}

export function slotsOf({ slots }: ComparedScene, defense: string): Slot[] {
  return slots.filter((slot) => slot.defense === defense);
}

/** Adds what all phases of the defence took together; a failed run has measured nothing. */
function withSeconds(slot: Slot): Slot {
  const { filledBy } = slot;
  if (filledBy === null || filledBy.failedBecause !== null) return slot;
  const { metric, subset } = quantities.defenseSeconds;
  const times = filledBy.measurements.filter((m) => m.metric === metric && defensePhases.some((phase) => phase === m.subset));
  const known = times.flatMap(({ value }) => value ?? []);
  const total: Measurement = {
    metric,
    subset,
    value: known.length === 0 ? null : known.reduce((sum, seconds) => sum + seconds, 0),
    hits: null,
    n: null,
    unmeasuredBecause: known.length === 0 ? 'no defence phase' : null,
  };
  return { ...slot, filledBy: { ...filledBy, measurements: [...filledBy.measurements, total] } };
}
