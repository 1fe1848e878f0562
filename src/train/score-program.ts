/** The compiled program that scores samples: parameters are read where they lie on the device. */
import type * as tf from '@tensorflow/tfjs';
import { dropoutSignature, makeDropout, noDropout, type Dropout, type DropoutPlan, type ProgramSource } from '../engine/index.ts';
import type { Model } from './model.ts';
import { forward } from './programs.ts';
import { nameOf, tokenSignature, type RowShape, type TokenInput } from './row-shape.ts';
import { parameterSignature, readParameters, type ParameterInput } from './resident.ts';

export type ScoreInput = ParameterInput | TokenInput | 'labels' | 'weights';
export type ScoreProgram<In extends string = ScoreInput> = ProgramSource<In, never, 'losses' | 'probabilities'>;
type Scorable = Pick<Model, 'network' | 'task' | 'parameters'>;

/** Loss of each sample for the label given with it, and its probability of label 1; no dropout. */
export function scoreProgram(model: Scorable, rows: RowShape): ScoreProgram {
  const perSample = { shape: [rows.batch], dtype: 'float32' } as const;
  return {
    name: `score ${nameOf(rows)}`,
    inputs: { ...parameterSignature(model.parameters), ...tokenSignature(model.task, rows), labels: perSample, weights: perSample },
    keep: [],
    fetch: ['losses', 'probabilities'],
    body: (inputs) => scores(model, inputs, noDropout),
  };
}

/** The same of a model in training mode. */
export function scoreWithDropoutProgram(
  model: Scorable,
  rows: RowShape,
  plan: DropoutPlan,
): ScoreProgram<ScoreInput | keyof ReturnType<typeof dropoutSignature>> {
  const plain = scoreProgram(model, rows);
  return {
    ...plain,
    name: `${plain.name} with dropout`,
    inputs: { ...plain.inputs, ...dropoutSignature(plan) },
    body: (inputs) => scores(model, inputs, makeDropout(plan, inputs)),
  };
}

function scores(model: Scorable, inputs: Record<ScoreInput, tf.Tensor>, dropout: Dropout): Record<'losses' | 'probabilities', tf.Tensor> {
  const { network, task } = model;
  if (task.probabilities === null) throw new Error(`${task.name}: nothing to score, its predictions are vectors`);
  const parameters = readParameters(model.parameters, inputs);
  const streams = task.streams.map((_, stream) => {
    const ids = inputs[`ids${stream}`] as tf.Tensor2D;
    return { words: network.lookUpWords(parameters, ids), mask: inputs[`mask${stream}`] as tf.Tensor2D, ids };
  });
  const outputs = forward(model, parameters, streams, dropout);
  const losses = task.losses(outputs, inputs.labels as tf.Tensor1D, inputs.weights as tf.Tensor1D);
  return { losses, probabilities: task.probabilities(outputs) };
}
