/** The forward pass, and the compiled programs that score rows. */
import type * as tf from '@tensorflow/tfjs';
import {
  dropoutSignature,
  makeDropout,
  noDropout,
  type Dropout,
  type DropoutPlan,
  type ProgramSource,
  type Signature,
} from '../engine/index.ts';
import type { Model } from './model.ts';
import { encode, lookUpWords } from './models/roberta.ts';
import { flatSize, viewParameters, type ParameterTensors } from './parameters.ts';

/** Logits of rows given by word embeddings [B·S, H] and mask [B, S] -> [B, outputs]. */
export function forward(
  { shape, task }: Pick<Model, 'shape' | 'task'>,
  parameters: ParameterTensors,
  rows: { readonly words: tf.Tensor2D; readonly mask: tf.Tensor2D },
  dropout: Dropout,
): tf.Tensor2D {
  return task.logits(parameters, encode(shape, parameters, rows, { dropout, read: task.read }), dropout);
}

export interface RowShape {
  readonly batch: number;
  readonly tokens: number;
}

export const tokenSignature = ({ batch, tokens }: RowShape): Signature<'ids' | 'mask'> => ({
  ids: { shape: [batch, tokens], dtype: 'int32' },
  mask: { shape: [batch, tokens], dtype: 'float32' },
});

export type DropoutInput = keyof ReturnType<typeof dropoutSignature>;
export type ScoreInput = 'theta' | 'ids' | 'mask' | 'labels';
export type ScoreProgram<In extends string = ScoreInput> = ProgramSource<In, never, 'losses' | 'probabilities'>;
type Scorable = Pick<Model, 'shape' | 'task' | 'parameters'>;

/** Loss of each row for the label given with it, and its probability of label 1; no dropout. */
export function scoreProgram(model: Scorable, rows: RowShape): ScoreProgram {
  return {
    name: `score ${rows.batch}x${rows.tokens}`,
    inputs: {
      theta: { shape: [flatSize(model.parameters)], dtype: 'float32' },
      ...tokenSignature(rows),
      labels: { shape: [rows.batch], dtype: 'float32' },
    },
    keep: [],
    fetch: ['losses', 'probabilities'],
    body: (inputs) => scores(model, inputs, noDropout),
  };
}

/** The same of a model in training mode. */
export function scoreWithDropoutProgram(model: Scorable, rows: RowShape, plan: DropoutPlan): ScoreProgram<ScoreInput | DropoutInput> {
  const plain = scoreProgram(model, rows);
  return {
    ...plain,
    name: `${plain.name} with dropout`,
    inputs: { ...plain.inputs, ...dropoutSignature(plan) },
    body: (inputs) => scores(model, inputs, makeDropout(plan, inputs)),
  };
}

function scores(
  model: Scorable,
  { theta, ids, mask, labels }: Record<ScoreInput, tf.Tensor>,
  dropout: Dropout,
): Record<'losses' | 'probabilities', tf.Tensor> {
  const parameters = viewParameters(model.parameters, theta as tf.Tensor1D);
  const words = lookUpWords(parameters, ids as tf.Tensor2D);
  const logits = forward(model, parameters, { words, mask: mask as tf.Tensor2D }, dropout);
  return { losses: model.task.losses(logits, labels as tf.Tensor1D), probabilities: model.task.probabilities(logits) };
}
