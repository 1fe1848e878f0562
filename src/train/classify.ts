/** What classification tasks share: the head's pass, and their predictions as a list of numbers. */
import * as tf from '@tensorflow/tfjs';
import type { Predictions } from '../core/contracts.ts';
import { linear, type Dropout } from '../engine/index.ts';
import type { ParameterTensors } from './parameters.ts';

/** @param vectors [B, inputs] -> logits [B, outputs] */
export function classify(parameters: ParameterTensors, vectors: tf.Tensor2D, dropout: Dropout): tf.Tensor2D {
  const layer = (name: string, x: tf.Tensor2D): tf.Tensor2D =>
    linear(x, parameters[`${name}.weight`] as tf.Tensor2D, parameters[`${name}.bias`] as tf.Tensor1D);
  return layer('head.output', dropout(tf.tanh(layer('head.dense', dropout(vectors)))));
}

/** Of samples that are all there. */
export function probabilitiesOf(predictions: Predictions): number[] {
  if (predictions.kind !== 'labels') throw new Error('probabilities asked of vectors');
  return predictions.probabilities.map((probability, index) => {
    if (probability === null) throw new Error(`sample ${index} has no probability`);
    return probability;
  });
}
