/** Which of a list of probabilities stand apart (defenses.md 6). */
import type { Rng } from '../../core/rng.ts';
import { quantile } from '../../core/statistics.ts';
import { anomalies } from './isolation-forest.ts';
import { distances } from './minimum-covariance.ts';

export const outlierRules = ['iqr', 'isolation-forest', 'elliptic-envelope', 'all'] as const;
export type OutlierRule = (typeof outlierRules)[number];

export interface OutlierSettings {
  readonly outliers: OutlierRule;
  /** Share of the lines that isolation forest and elliptic envelope call outliers, 0..0.5. */
  readonly contamination: number;
}

/** One entry a value. @param rng grows the forest's trees; otherwise unused */
export function outliersAmong(values: readonly number[], { outliers: rule, contamination }: OutlierSettings, rng: Rng): boolean[] {
  const rules = {
    iqr: () => outsideFences(values),
    'isolation-forest': () => highest(anomalies(values, rng), contamination),
    'elliptic-envelope': () => highest(distances(values), contamination),
  };
  if (values.length === 0) return [];
  if (rule !== 'all') return rules[rule]();
  const votes = Object.values(rules).map((flags) => flags());
  return values.map((_, index) => votes.filter((flags) => flags[index]).length > votes.length / 2);
}

/** Tukey's fences: what lies 1.5 times the middle half's width outside of it stands apart. */
const FENCE = 1.5;

export function fencesOf(q1: number, q3: number): { readonly lower: number; readonly upper: number } {
  const reach = FENCE * (q3 - q1);
  return { lower: q1 - reach, upper: q3 + reach };
}

/**
 * Quartiles are linear between order statistics: of the paper's two lists of probabilities with four and five decimals they end in a quarter of
 * the last one (0.283125), as these do, and halves' medians do not.
 */
function outsideFences(values: readonly number[]): boolean[] {
  const { lower, upper } = fencesOf(quantile(values, 0.25), quantile(values, 0.75));
  return values.map((value) => value < lower || value > upper);
}

/** The share with the highest scores: those above the scores' quantile, so that equal ones are called alike. */
function highest(scores: readonly number[], share: number): boolean[] {
  const limit = quantile(scores, 1 - share);
  return scores.map((score) => score > limit);
}
