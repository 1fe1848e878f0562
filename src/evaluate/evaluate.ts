/** The stage `evaluate` of classification tasks: predictions on the clean and the triggered test split -> measurements. */
import type { Measurement } from '../core/contracts.ts';
import type { Outcome } from './contracts.ts';
import { metrics } from './metrics/index.ts';

/** Bumped when a change of code changes measurements. */
export const stageVersion = 1;

/** Probabilities of label 1; every list is aligned with the test split. */
export interface Probabilities {
  /** Of the clean samples: no entry may be `null`. */
  readonly clean: readonly (number | null)[];
  /** Of the triggered samples; `null` where a sample cannot carry the trigger. The list is `null` when there is no attack. */
  readonly triggered: readonly (number | null)[] | null;
}

export interface EvaluateInputs extends Probabilities {
  /** True labels, 0 or 1. */
  readonly labels: readonly number[];
  /** Whether a sample's trigger survives the cut at L; `null` when there is no attack. */
  readonly visible: readonly boolean[] | null;
  /** A clean model's probabilities on the same two sets, or `null`. */
  readonly floor: Probabilities | null;
  /** Text of the attack's trigger; `null` when it differs from sample to sample, or there is no attack. */
  readonly trueTrigger: string | null;
  /** Text of the inverted, anchored trigger; `null` when none was inverted. */
  readonly invertedTrigger: string | null;
}

/** Every metric of the catalogue; the rows are the same for every input, unmeasured ones carry their reason. */
export function evaluate(inputs: EvaluateInputs): Measurement[] {
  const evidence = {
    model: outcomes(inputs, inputs),
    floor: inputs.floor === null ? null : outcomes(inputs, inputs.floor),
    isAttacked: inputs.triggered !== null,
    trueTrigger: inputs.trueTrigger,
    invertedTrigger: inputs.invertedTrigger,
  };
  return metrics.flatMap((metric) => metric.measure(evidence));
}

/** One model's lists to rows, one a sample. */
function outcomes(inputs: EvaluateInputs, { clean, triggered }: Probabilities): Outcome[] {
  requireAligned(inputs, { clean, triggered });
  return inputs.labels.map((label, index) => {
    const plain = predicted(clean[index] ?? null, index);
    if (plain === null) throw new Error(`evaluate: sample ${index} has no prediction without the trigger`);
    return { label, clean: plain, triggered: predicted(triggered?.[index] ?? null, index), visible: inputs.visible?.[index] ?? false };
  });
}

/** What does not line up would become a wrong number. */
function requireAligned({ labels, visible, triggered }: EvaluateInputs, model: Probabilities): void {
  if (!labels.every((label) => label === 0 || label === 1)) throw new Error('evaluate: a label is neither 0 nor 1');
  for (const list of [visible, triggered, model.clean, model.triggered]) {
    if (list !== null && list.length !== labels.length)
      throw new Error(`evaluate: a list of ${list.length} beside ${labels.length} labels`);
  }
  if (new Set([visible, triggered, model.triggered].map((list) => list === null)).size > 1) {
    throw new Error('evaluate: triggered predictions, visibility and the floor’s triggered predictions come together or not at all');
  }
  if (model.triggered?.some((probability, index) => (probability === null) !== (triggered?.[index] === null)) === true) {
    throw new Error('evaluate: the floor was measured on another triggered set');
  }
}

/** Label 1 where p > 0.5 (victims-and-data.md 4.3). NaN compares as 0 and would pass for a perfect attack. */
function predicted(probability: number | null, index: number): 0 | 1 | null {
  if (probability === null) return null;
  if (!(probability >= 0 && probability <= 1)) throw new Error(`evaluate: sample ${index} has probability ${probability}`);
  return probability > 0.5 ? 1 : 0;
}
