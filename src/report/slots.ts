/** Places in the grid and the run that fills each: by its key, or by what it is where the key is not known here. */
import type { RunRecord } from '../core/contracts.ts';
import { groupBy } from '../core/group-by.ts';
import type { StoredRun } from '../store/index.ts';
import { noAttack, paperAttacks, paperDefenses, taskNames } from './vocabulary.ts';

const attackOrder = [noAttack, ...paperAttacks];
/** Plain fine-tuning is the control to read before the defences. */
const defenseOrder = ['undefended', 'fine-tuning', ...paperDefenses.filter((name) => name !== 'undefended')];

/** What a plan says of a run. */
export type Planned = Pick<
  RunRecord,
  'run' | 'experiment' | 'task' | 'corpus' | 'model' | 'weights' | 'comparedWith' | 'attack' | 'defense' | 'seed' | 'setting'
> & {
  /** Why it cannot be run here, or `null`. */
  readonly notRunBecause: string | null;
};

/** One cell of the grid with one seed. */
export interface Slot extends Planned {
  readonly filledBy: StoredRun | null;
  /** The run has another key than the plan gives now: older code, another engine, other corpus files. */
  readonly isStale: boolean;
}

/** One victim on one corpus within one experiment. */
export interface VictimSlots extends Pick<Planned, 'experiment' | 'task' | 'corpus' | 'model' | 'weights' | 'comparedWith'> {
  readonly slots: readonly Slot[];
}

/** One kind of victim, same weights and same published row beside it, on all its tasks and corpora: what one comparison grid is about. */
export interface Family extends Pick<VictimSlots, 'experiment' | 'model' | 'weights' | 'comparedWith'> {
  /** In the order of the paper's tasks, then as they came. */
  readonly victims: readonly VictimSlots[];
}

/**
 * @param planned the runs an experiment should have; `null`: what is stored is the plan
 * @param experiment `null`: all experiments
 */
export function fillSlots(runs: readonly StoredRun[], planned: readonly Planned[] | null, experiment: string | null): Slot[] {
  const byKey = new Map(runs.map((run) => [run.run, run]));
  const candidates = groupBy(
    runs.filter((run) => experiment === null || run.experiment === experiment),
    identityOf,
  );
  if (planned !== null) {
    return planned.map((plan) => {
      const exact = byKey.get(plan.run);
      const filledBy = exact ?? newest(candidates.get(identityOf(plan)) ?? []);
      return { ...plan, filledBy, isStale: exact === undefined && filledBy !== null };
    });
  }
  return [...candidates.values()].map((same) => {
    const run = newest(same)!;
    return { ...run, notRunBecause: null, filledBy: run, isStale: false };
  });
}

export function slotsByVictim(slots: readonly Slot[]): VictimSlots[] {
  const victims = groupBy(slots, (slot) => JSON.stringify([slot.experiment, slot.model, slot.weights, slot.comparedWith, slot.corpus]));
  return [...victims.values()].map((group) => {
    const slots = inOrder(group);
    const { experiment, task, corpus, model, weights, comparedWith } = slots[0]!;
    return { experiment, task, corpus, model, weights, comparedWith, slots };
  });
}

/** Those on which most was tried come first, so that no table opens with what is hardly begun; equals stay as they came. */
export function familiesOf(victims: readonly VictimSlots[]): Family[] {
  const families = groupBy(victims, ({ experiment, model, weights, comparedWith }) =>
    JSON.stringify([experiment, model, weights, comparedWith]),
  );
  const inTurn = [...families.values()].sort((a, b) => triedOn(b) - triedOn(a));
  return inTurn.map((group) => {
    const { experiment, model, weights, comparedWith } = group[0]!;
    // Sorting is stable: corpora of one task stay as they came.
    const victims = [...group].sort((a, b) => taskNames.indexOf(a.task) - taskNames.indexOf(b.task));
    return { experiment, model, weights, comparedWith, victims };
  });
}

/** Pairs of attack and defence, task by task, with a run at least. */
function triedOn(victims: readonly VictimSlots[]): number {
  const pairs = victims.map(
    ({ slots }) => new Set(slots.filter(({ filledBy }) => filledBy !== null).map(({ attack, defense }) => `${attack} ${defense}`)),
  );
  return pairs.reduce((sum, { size }) => sum + size, 0);
}

/** The clean model, then attacks and defences as the paper lists them, then others by name, then seeds. */
export function inOrder(slots: readonly Slot[]): Slot[] {
  const rank = (names: readonly string[], name: string): number => (names.includes(name) ? names.indexOf(name) : names.length);
  const byName = (names: readonly string[], a: string, b: string): number =>
    rank(names, a) - rank(names, b) || (a < b ? -1 : a > b ? 1 : 0);
  return [...slots].sort(
    (a, b) =>
      byName(attackOrder, a.attack, b.attack) ||
      byName(defenseOrder, a.defense, b.defense) ||
      byName([''], a.setting, b.setting) ||
      a.seed - b.seed,
  );
}

/** Names of the defences in the order of `inOrder`, whatever the attacks. */
export function defensesOf(slots: readonly Slot[]): string[] {
  return [...new Set(inOrder(slots.map((slot) => ({ ...slot, attack: noAttack }))).map(({ defense }) => defense))];
}

/** Two runs of one identity differ only in what their keys hold besides: versions of code, engine, files. */
function identityOf(run: Planned | StoredRun): string {
  const { experiment, task, corpus, model, weights, comparedWith, attack, defense, seed, setting } = run;
  return JSON.stringify([experiment, task, corpus, model, weights, comparedWith, attack, defense, seed, setting]);
}

/**
 * A success before a failure, then the later work: by the latest stage, since the first ones may come from one cache. Keys decide
 * between equals, so that the order of reading never does.
 */
function newest(runs: readonly StoredRun[]): StoredRun | null {
  const lastWork = ({ provenance }: StoredRun): number => Date.parse(provenance.lastStageAt ?? provenance.startedAt ?? '') || 0;
  const isBetter = (a: StoredRun, b: StoredRun): boolean => {
    if ((a.failedBecause === null) !== (b.failedBecause === null)) return a.failedBecause === null;
    return lastWork(a) === lastWork(b) ? a.run > b.run : lastWork(a) > lastWork(b);
  };
  return runs.reduce<StoredRun | null>((best, run) => (best === null || isBetter(run, best) ? run : best), null);
}
