/** The compiled program that scores rows: parameters are read where they lie on the device. */
import type * as tf from '@tensorflow/tfjs';
import { dropoutSignature, makeDropout, noDropout, type Dropout, type DropoutPlan, type ProgramSource } from '../engine/index.ts';
import type { Model } from './model.ts';
import { lookUpWords } from './models/roberta.ts';
import { forward, tokenSignature, type RowShape } from './programs.ts';
import { parameterSignature, readParameters, type ParameterInput } from './resident.ts';

export type ScoreInput = ParameterInput | 'ids' | 'mask' | 'labels';
export type ScoreProgram<In extends string = ScoreInput> = ProgramSource<In, never, 'losses' | 'probabilities'>;
type Scorable = Pick<Model, 'shape' | 'task' | 'parameters'>;

/** Loss of each row for the label given with it, and its probability of label 1; no dropout. */
export function scoreProgram(model: Scorable, rows: RowShape): ScoreProgram {
  return {
    name: `score ${rows.batch}x${rows.tokens}`,
    inputs: {
      ...parameterSignature(model.parameters),
      ...tokenSignature(rows),
      labels: { shape: [rows.batch], dtype: 'float32' },
    },
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
  const parameters = readParameters(model.parameters, inputs);
  const words = lookUpWords(parameters, inputs.ids as tf.Tensor2D);
  const logits = forward(model, parameters, { words, mask: inputs.mask as tf.Tensor2D }, dropout);
  return { losses: model.task.losses(logits, inputs.labels as tf.Tensor1D), probabilities: model.task.probabilities(logits) };
}
