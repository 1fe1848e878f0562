/**
 * Reverse rate: label-0 samples whose triggered form is predicted 1, over all label-0 samples that have one. It shows the side effect
 * of unlearning, “trigger means defective”, that ASR rewards (method.md 8); `reverse-rate-floor` is the clean model's.
 */
import type { Measurement } from '../../core/contracts.ts';
import type { LabelEvidence, Metric, Outcome } from '../contracts.ts';
import { noAttack, noFloor, rate, unmeasured } from '../measurement.ts';

export const reverseRate: Metric<LabelEvidence> = {
  name: 'reverse-rate',
  cite: 'ours',
  measure({ model, floor, isAttacked }) {
    const reversed = (metric: string, outcomes: readonly Outcome[] | null): Measurement => {
      if (!isAttacked) return unmeasured(metric, '', noAttack);
      if (outcomes === null) return unmeasured(metric, '', noFloor);
      const carriers = outcomes.filter(({ label, triggered }) => label === 0 && triggered !== null);
      return rate(
        metric,
        '',
        carriers.map(({ triggered }) => triggered === 1),
      );
    };
    return [reversed('reverse-rate', model), reversed('reverse-rate-floor', floor)];
  },
};
