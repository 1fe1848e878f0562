/**
 * ASR: triggered samples of label 1 predicted 0. Three denominators over one set of predictions, for the model under test (`asr`),
 * for a clean model (`asr-floor`), and their difference (`asr-minus-floor`).
 *
 * - `all-victim` (EliBadCode): over all label-1 test samples, those already misread included; one that cannot carry the trigger
 *   enters with its clean prediction.
 * - `predicted-victim` (CodePoisoner): over those that the same model predicts 1 without the trigger; so the floor has its own n.
 * - `carriers`: over those whose trigger the model sees, or the beginning of it, within its L sub-tokens.
 */
import type { Measurement } from '../../core/contracts.ts';
import type { LabelEvidence, Metric, Outcome } from '../contracts.ts';
import { difference, noAttack, noFloor, rate, unmeasured } from '../measurement.ts';

const subsets: Readonly<Record<string, (outcome: Outcome) => boolean>> = {
  'all-victim': () => true,
  'predicted-victim': ({ clean }) => clean === 1,
  carriers: ({ triggered, visible }) => triggered !== null && visible,
};

export const asr: Metric<LabelEvidence> = {
  name: 'asr',
  cite: 'EliBadCode 5.2; `predicted-victim`: CodePoisoner',
  measure: ({ model, floor, isAttacked }) =>
    Object.entries(subsets).flatMap(([subset, belongs]) => {
      const flipped = (metric: string, outcomes: readonly Outcome[] | null): Measurement => {
        if (!isAttacked) return unmeasured(metric, subset, noAttack);
        if (outcomes === null) return unmeasured(metric, subset, noFloor);
        const victims = outcomes.filter((outcome) => outcome.label === 1 && belongs(outcome));
        return rate(
          metric,
          subset,
          victims.map(({ triggered, clean }) => (triggered ?? clean) === 0),
        );
      };
      const ours = flipped('asr', model);
      const theirs = flipped('asr-floor', floor);
      return [ours, theirs, difference('asr-minus-floor', ours, theirs)];
    }),
};
