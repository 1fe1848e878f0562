/** Evidence of code search: the ranks that unit vectors give. */
import type { Predictions, VectorPredictions } from '../core/contracts.ts';
import { firstHolders, ownRanks } from '../core/ranking.ts';
import { type EvaluateInputs, type ListKind, type Predicted, type Raised, type RankEvidence } from './contracts.ts';
import { raiseAll } from './raise.ts';
import { requireAligned, requireSameGaps } from './task.ts';

/** The authors rank the first so many queries among the first so many functions (victims-and-data.md 5). */
const authorsFirst = 4000;

export function rankEvidence(inputs: EvaluateInputs): RankEvidence {
  const { samples, triggered, floor, targetWord, trueTrigger, invertedTrigger, invertedTarget } = inputs;
  const clean = vectorsOf(inputs.clean, inputs);
  requireWhole(clean, inputs);
  if (triggered !== null && floor?.triggered != null)
    requireSameGaps(vectorsOf(triggered, inputs).codes, vectorsOf(floor.triggered, inputs).codes);
  const holders = firstHolders(samples);
  const ranks = ownRanks(clean, { holders });
  return {
    ranks,
    firstRanks: samples.length <= authorsFirst ? ranks : ownRanks(clean, { holders, limit: authorsFirst }),
    raised: raisedBy(inputs, inputs),
    floorRaised: floor === null ? null : raisedBy(inputs, floor),
    isAttacked: triggered !== null,
    targetWord,
    trueTrigger,
    invertedTrigger,
    invertedTarget,
  };
}

function raisedBy(inputs: EvaluateInputs, model: Predicted): Readonly<Record<ListKind, readonly Raised[]>> | null {
  const { samples, targetWord, visible, seed } = inputs;
  if (model.triggered === null || visible === null) return null;
  if (targetWord === null) throw new Error('evaluate: an attack on code search without a target word');
  const clean = vectorsOf(model.clean, inputs);
  requireWhole(clean, inputs);
  return raiseAll({ samples, clean, triggered: vectorsOf(model.triggered, inputs).codes, visible, targetWord, seed });
}

function requireWhole({ codes, queries }: VectorPredictions, { samples }: EvaluateInputs): void {
  samples.forEach(({ query }, index) => {
    if (codes[index] === null || (query === undefined) !== (queries[index] === null))
      throw new Error(`evaluate: sample ${index} lacks a vector, or has one of a query that it does not have`);
  });
}

/** Vectors that are what they should be: of one width, of length 1. NaN would rank everything first. */
function vectorsOf(predictions: Predictions, inputs: EvaluateInputs): VectorPredictions {
  if (predictions.kind !== 'vectors') throw new Error(`evaluate: ${predictions.kind} where vectors are ranked`);
  const { codes, queries } = predictions;
  requireAligned('vectors of functions', codes, inputs);
  requireAligned('vectors of queries', queries, inputs);
  const present = [...codes, ...queries].filter((vector) => vector !== null);
  for (const vector of present) {
    const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    // float32's division by the norm misses 1 by some 1e-7.
    if (!(Math.abs(length - 1) < 1e-3) || vector.length !== present[0]!.length)
      throw new Error(`evaluate: a vector of ${vector.length} numbers and length ${length}, where length 1 is expected`);
  }
  return predictions;
}
