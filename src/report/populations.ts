/** Populations of models that a defence judged: which are clean, what each was called, how suspicious it looked. */
import { groupBy } from '../core/group-by.ts';
import type { Slot, VictimSlots } from './slots.ts';
import { noAttack } from './vocabulary.ts';

/** Of all clean models a threshold may flag so many: with fewer than 20, none. */
export const toleratedFpr = 0.05;

export interface JudgedModel {
  readonly slot: Slot;
  /** Trained on poisoned data, whether or not the attack took. */
  readonly isBackdoored: boolean;
  readonly verdict: string;
  /** Higher is more suspicious; `null` where the population has no common score. */
  readonly score: number | null;
}

/** One defence in one setting on one kind of victim and corpus, over seeds and attacks. */
export interface Population {
  readonly victim: VictimSlots;
  readonly defense: string;
  readonly setting: string;
  readonly models: readonly JudgedModel[];
  readonly score: ScoreKind | null;
  /** Models that were not judged, each with the reason. */
  readonly shortfall: readonly string[];
}

type ScoreKind = 'verdict statistic' | '−ln of the inversion loss';

export function populationsOf(victim: VictimSlots): Population[] {
  const judges = new Set(victim.slots.filter(isJudged).map(({ defense }) => defense));
  return [...judges].flatMap((defense) => {
    const slots = victim.slots.filter((slot) => slot.defense === defense);
    const cleanSettings = [...new Set(slots.filter(({ attack }) => attack === noAttack).map(({ setting }) => setting))];
    const groups = groupBy(slots, ({ setting }) => settingAmong(cleanSettings, setting));
    return [...groups].filter(([, group]) => group.some(isJudged)).map(([setting, group]) => populationOf(victim, defense, setting, group));
  });
}

/** An attack's own settings say nothing of the defence: a model belongs to the clean ones whose setting its own holds, the longest of them. */
function settingAmong(cleanSettings: readonly string[], setting: string): string {
  const parts = (text: string): string[] => text.split(';').filter((part) => part !== '');
  const own = parts(setting);
  const held = cleanSettings.filter((clean) => parts(clean).every((part) => own.includes(part)));
  return held.sort((a, b) => parts(b).length - parts(a).length)[0] ?? setting;
}

function populationOf(victim: VictimSlots, defense: string, setting: string, slots: readonly Slot[]): Population {
  const judged = slots.filter(isJudged);
  const kind = (['verdict statistic', '−ln of the inversion loss'] as const).find((name) =>
    judged.every((slot) => scores[name](slot) !== null),
  );
  return {
    victim,
    defense,
    setting,
    models: judged.map((slot) => ({
      slot,
      isBackdoored: slot.attack !== noAttack,
      verdict: slot.filledBy!.notes['verdict']!,
      score: kind === undefined ? null : scores[kind](slot),
    })),
    score: kind ?? null,
    shortfall: slots.filter((slot) => !isJudged(slot)).map(whyNot),
  };
}

function isJudged({ filledBy }: Slot): boolean {
  return filledBy !== null && filledBy.failedBecause === null && filledBy.notes['verdict'] !== undefined;
}

function whyNot({ attack, seed, filledBy, notRunBecause }: Slot): string {
  const failure = filledBy === null ? (notRunBecause ?? 'not run') : (filledBy.failedBecause ?? 'no verdict');
  return `${attack}, seed ${seed}: ${failure}`;
}

/**
 * What a rule compares; where it could not decide, or compares the loss itself, the loss that is left with the found trigger, turned so
 * that higher is more suspicious.
 */
const scores: Readonly<Record<ScoreKind, (slot: Slot) => number | null>> = {
  'verdict statistic': (slot) => {
    const statistic = measured(slot, 'verdict-statistic', '');
    const isLoss = statistic !== null && statistic === measured(slot, 'inversion-loss', 'anchored');
    return slot.filledBy!.notes['verdict'] === 'undecidable' || isLoss ? null : statistic;
  },
  '−ln of the inversion loss': (slot) => {
    const loss = measured(slot, 'inversion-loss', 'anchored');
    return loss === null ? null : -Math.log(Math.max(loss, SMALLEST_LOSS));
  },
};
/** As in the verdict's own score: a loss of 0 means "beyond float32". */
const SMALLEST_LOSS = 1e-12;

function measured({ filledBy }: Slot, metric: string, subset: string): number | null {
  return filledBy!.measurements.find((m) => m.metric === metric && m.subset === subset)?.value ?? null;
}

/** Scores of the backdoored and of the clean models; `null` unless there are both and all have one. */
export function scoresOf({ models }: Population): { readonly backdoored: number[]; readonly clean: number[] } | null {
  const of = (isBackdoored: boolean): number[] =>
    models.filter((model) => model.isBackdoored === isBackdoored).flatMap(({ score }) => score ?? []);
  const [backdoored, clean] = [of(true), of(false)];
  return backdoored.length === 0 || clean.length === 0 ? null : { backdoored, clean };
}

/** A model called by a threshold from clean models of other seeds. */
export interface HeldOut {
  readonly isBackdoored: boolean;
  readonly isFlagged: boolean;
  readonly threshold: number;
}

/** Each model judged by a threshold that no model of its own seed had a part in; those of a seed without other clean models are left out. */
export function heldOut(models: readonly JudgedModel[]): HeldOut[] {
  return [...groupBy(models, ({ slot }) => slot.seed)].flatMap(([seed, held]) => {
    const others = models.filter(({ slot, isBackdoored }) => !isBackdoored && slot.seed !== seed).flatMap(({ score }) => score ?? []);
    if (others.length === 0) return [];
    const threshold = thresholdOf(others);
    return held.flatMap(({ isBackdoored, score }) => (score === null ? [] : [{ isBackdoored, isFlagged: score > threshold, threshold }]));
  });
}

/** The smallest clean score that at most the tolerated share of them exceeds; of fewer than 20, the largest. */
export function thresholdOf(clean: readonly number[]): number {
  const descending = [...clean].sort((a, b) => b - a);
  return descending[Math.floor(toleratedFpr * clean.length)]!;
}
