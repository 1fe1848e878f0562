/** How many label-1 test samples show the trigger, lose it to the cut at L sub-tokens, or cannot carry it; they add up to all. */
import type { LabelEvidence, Metric, Outcome } from '../contracts.ts';
import { noAttack, quantity, unmeasured } from '../measurement.ts';

const subsets: Readonly<Record<string, (outcome: Outcome) => boolean>> = {
  carriers: ({ triggered, visible }) => triggered !== null && visible,
  'cut-off': ({ triggered, visible }) => triggered !== null && !visible,
  'cannot-carry': ({ triggered }) => triggered === null,
};

export const count: Metric<LabelEvidence> = {
  name: 'count',
  cite: 'ours',
  measure: ({ model, isAttacked }) =>
    Object.entries(subsets).map(([subset, belongs]) =>
      isAttacked
        ? quantity('count', subset, model.filter((outcome) => outcome.label === 1 && belongs(outcome)).length)
        : unmeasured('count', subset, noAttack),
    ),
};
