/** Evidence of classification tasks: what two lists of probabilities say of each test sample. */
import type { Predictions } from '../core/contracts.ts';
import type { EvaluateInputs, LabelEvidence, Outcome, Predicted } from './contracts.ts';
import { requireAligned, requireSameGaps } from './task.ts';

export function labelEvidence(inputs: EvaluateInputs): LabelEvidence {
  const { samples, triggered, floor, trueTrigger, invertedTrigger } = inputs;
  if (!samples.every(({ label }) => label === 0 || label === 1)) throw new Error('evaluate: a label is neither 0 nor 1');
  if (triggered !== null && floor?.triggered != null) requireSameGaps(probabilitiesOf(triggered), probabilitiesOf(floor.triggered));
  return {
    model: outcomes(inputs, inputs),
    floor: floor === null ? null : outcomes(inputs, floor),
    isAttacked: triggered !== null,
    trueTrigger,
    invertedTrigger,
  };
}

/** One model's lists to rows, one a sample. */
function outcomes(inputs: EvaluateInputs, model: Predicted): Outcome[] {
  const clean = probabilitiesOf(model.clean);
  const triggered = model.triggered === null ? null : probabilitiesOf(model.triggered);
  for (const list of [clean, triggered]) if (list !== null) requireAligned('probabilities', list, inputs);
  return inputs.samples.map(({ label }, index) => {
    const plain = predicted(clean[index] ?? null, index);
    if (plain === null) throw new Error(`evaluate: sample ${index} has no prediction without the trigger`);
    return { label, clean: plain, triggered: predicted(triggered?.[index] ?? null, index), visible: inputs.visible?.[index] ?? false };
  });
}

function probabilitiesOf(predictions: Predictions): readonly (number | null)[] {
  if (predictions.kind !== 'labels') throw new Error(`evaluate: ${predictions.kind} where labels are measured`);
  return predictions.probabilities;
}

/** Label 1 where p > 0.5 (victims-and-data.md 4.3). NaN compares as 0 and would pass for a perfect attack. */
function predicted(probability: number | null, index: number): 0 | 1 | null {
  if (probability === null) return null;
  if (!(probability >= 0 && probability <= 1)) throw new Error(`evaluate: sample ${index} has probability ${probability}`);
  return probability > 0.5 ? 1 : 0;
}
