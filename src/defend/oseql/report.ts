/** The line that OSEQL reports (defenses.md 6, Algorithm 1). */
import type { Rng } from '../../core/rng.ts';
import type { Line } from './lines.ts';
import { outliersAmong, type OutlierSettings } from './outliers.ts';

export interface ReportSettings extends OutlierSettings {
  /** ICBT: a reported line that is only braces counts for nothing. */
  readonly ignoreBraces: boolean;
}

export interface Report<L> {
  readonly line: L;
  /** |p_i − p|, 0..1. */
  readonly change: number;
}

/** Labels are what the metrics make of probabilities: 1 above one half. */
const labelOf = (probability: number): number => (probability > 0.5 ? 1 : 0);

/**
 * Of the outliers that flip the prediction, the one furthest from the whole input's; the first of equal ones. `null`: no trigger.
 * @param without probability of label 1 without each line
 * @param whole of the whole input
 */
export function reportLine<L extends Pick<Line, 'isOnlyBraces'>>(
  lines: readonly L[],
  without: readonly number[],
  whole: number,
  settings: ReportSettings,
  rng: Rng,
): Report<L> | null {
  const isOutlier = outliersAmong(without, settings, rng);
  const left = lines.flatMap((line, index) => {
    const probability = without[index]!;
    return isOutlier[index] && labelOf(probability) !== labelOf(whole) ? [{ line, change: Math.abs(probability - whole) }] : [];
  });
  const [first] = left;
  if (first === undefined) return null;
  const found = left.reduce((best, other) => (other.change > best.change ? other : best), first);
  return settings.ignoreBraces && found.line.isOnlyBraces ? null : found;
}
