/** The compiled programs of a model: a training step, and scoring rows. */
import * as tf from '@tensorflow/tfjs';
import {
  adamwUpdate,
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
import { flatSize, viewParameters, type Parameter, type ParameterTensors } from './parameters.ts';

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

const rowSignature = ({ batch, tokens }: RowShape): Signature<'ids' | 'mask' | 'labels'> => ({
  ids: { shape: [batch, tokens], dtype: 'int32' },
  mask: { shape: [batch, tokens], dtype: 'float32' },
  labels: { shape: [batch], dtype: 'float32' },
});

export type ScoreInput = 'theta' | 'ids' | 'mask' | 'labels';
export type DropoutInput = 'pool' | 'windowStart' | 'windowEnd';
export type ScoreProgram<In extends string = ScoreInput> = ProgramSource<In, never, 'losses' | 'probabilities'>;
type Scorable = Pick<Model, 'shape' | 'task' | 'parameters'>;

/** Loss of each row for the label given with it, and its probability of label 1; no dropout. */
export function scoreProgram(model: Scorable, rows: RowShape): ScoreProgram {
  return {
    name: `score ${rows.batch}x${rows.tokens}`,
    inputs: { theta: { shape: [flatSize(model.parameters)], dtype: 'float32' }, ...rowSignature(rows) },
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

export type StepInput = ScoreInput | DropoutInput | 'm' | 'v' | 'frozen' | 'weights' | 'stepSize';
export type StepProgram = ProgramSource<StepInput, 'theta' | 'm' | 'v', 'loss' | 'norm'>;

export interface Partition {
  /** Parameters the optimiser changes, in the order of `theta`. */
  readonly trained: readonly Parameter[];
  /** The others, in the order of `frozen`; may be empty. */
  readonly frozen: readonly Parameter[];
}

export interface StepOptions {
  readonly rows: RowShape;
  readonly dropout: DropoutPlan;
  /** Whether the encoder drops out too, or the head alone. */
  readonly encoderDropout: boolean;
  readonly clipNorm: number;
}

/** One optimiser step on the mean loss of the rows, each weighted by `weights` [B] (0 for rows that only fill the batch). */
export function stepProgram(
  { shape, task }: Pick<Model, 'shape' | 'task'>,
  { trained, frozen }: Partition,
  { rows, dropout: plan, encoderDropout, clipNorm }: StepOptions,
): StepProgram {
  const size = flatSize(trained);
  const state = { shape: [size], dtype: 'float32' } as const;
  return {
    name: `step ${rows.batch}x${rows.tokens}`,
    inputs: {
      theta: state,
      m: state,
      v: state,
      // One element stands for "nothing is frozen": tensors of size 0 are not portable.
      frozen: { shape: [Math.max(1, flatSize(frozen))], dtype: 'float32' },
      ...rowSignature(rows),
      weights: { shape: [rows.batch], dtype: 'float32' },
      stepSize: { shape: [1], dtype: 'float32' },
      ...dropoutSignature(plan),
    },
    keep: ['theta', 'm', 'v'],
    fetch: ['loss', 'norm'],
    body(inputs) {
      const theta = inputs.theta as tf.Tensor1D;
      const views = viewParameters(trained, theta);
      const fixed = frozen.length === 0 ? {} : viewParameters(frozen, inputs.frozen as tf.Tensor1D);
      const dropout = makeDropout(plan, inputs);
      const keys = trained.map(({ key }) => key);
      const meanLoss = (...tensors: tf.Tensor[]): tf.Scalar => {
        const parameters = { ...fixed, ...Object.fromEntries(keys.map((key, index) => [key, tensors[index]!])) };
        const words = lookUpWords(parameters, inputs.ids as tf.Tensor2D);
        const vectors = encode(
          shape,
          parameters,
          { words, mask: inputs.mask as tf.Tensor2D },
          { dropout: encoderDropout ? dropout : noDropout, read: task.read },
        );
        const losses = task.losses(task.logits(parameters, vectors, dropout), inputs.labels as tf.Tensor1D);
        return tf.div(tf.sum(tf.mul(losses, inputs.weights)), tf.sum(tf.abs(inputs.weights)));
      };
      const { value, grads } = tf.valueAndGrads(meanLoss)(keys.map((key) => views[key]!));
      const gradient: tf.Tensor1D = tf.concat(grads.map((grad) => tf.reshape(grad, [grad.size])));
      const next = adamwUpdate(
        { theta, m: inputs.m as tf.Tensor1D, v: inputs.v as tf.Tensor1D },
        gradient,
        inputs.stepSize as tf.Tensor1D,
        clipNorm,
      );
      return { theta: next.theta, m: next.m, v: next.v, loss: value, norm: next.norm };
    },
  };
}
