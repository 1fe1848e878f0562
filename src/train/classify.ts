/** Predictions of classification tasks as a list of numbers. */
import type { Predictions } from '../core/contracts.ts';

/** Of samples that are all there. */
export function probabilitiesOf(predictions: Predictions): number[] {
  if (predictions.kind !== 'labels') throw new Error('probabilities asked of vectors');
  return predictions.probabilities.map((probability, index) => {
    if (probability === null) throw new Error(`sample ${index} has no probability`);
    return probability;
  });
}
