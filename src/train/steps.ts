/**
 * The compiled programs of training: an optimiser step in one program, or the gradients of a batch's parts and one update, which
 * give the same numbers in less memory.
 */
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
import { tokenSignature, type DropoutInput, type RowShape } from './programs.ts';

export interface Partition {
  /** Parameters the optimiser changes, in the order of `theta`. */
  readonly trained: readonly Parameter[];
  /** The others, in the order of `frozen`; may be empty. */
  readonly frozen: readonly Parameter[];
}

/** Names under which rows come in. */
export type RowInput = 'ids' | 'mask' | 'vectors';

/** What a program is given of its rows, and the vectors [B, H] that it makes of them. */
export interface RowReader<In extends RowInput> {
  readonly rows: RowShape;
  readonly inputs: Signature<In>;
  readonly vectors: (parameters: ParameterTensors, inputs: Record<In, tf.Tensor>, dropout: Dropout) => tf.Tensor2D;
}

/** Rows of sub-tokens, encoded. */
export function tokenReader(
  { shape, task }: Pick<Model, 'shape' | 'task'>,
  rows: RowShape,
  encoderDropout: boolean,
): RowReader<'ids' | 'mask'> {
  return {
    rows,
    inputs: tokenSignature(rows),
    vectors(parameters, { ids, mask }, dropout) {
      const words = lookUpWords(parameters, ids as tf.Tensor2D);
      const inputs = { words, mask: mask as tf.Tensor2D };
      return encode(shape, parameters, inputs, { dropout: encoderDropout ? dropout : noDropout, read: task.read });
    },
  };
}

/** Rows encoded before. */
export const vectorReader = ({ shape }: Pick<Model, 'shape'>, batch: number): RowReader<'vectors'> => ({
  rows: { batch, tokens: 0 },
  inputs: { vectors: { shape: [batch, shape.width], dtype: 'float32' } },
  vectors: (_parameters, { vectors }) => vectors as tf.Tensor2D,
});

export interface Loss<In extends RowInput> {
  readonly task: Pick<Model['task'], 'logits' | 'losses'>;
  readonly partition: Partition;
  readonly reader: RowReader<In>;
  readonly dropout: DropoutPlan;
}

export type LossInput = 'theta' | 'frozen' | 'labels' | 'weights' | DropoutInput;

function lossSignature<In extends RowInput>({ partition: { trained, frozen }, reader, dropout }: Loss<In>): Signature<In | LossInput> {
  const { batch } = reader.rows;
  return {
    theta: { shape: [flatSize(trained)], dtype: 'float32' },
    // One element stands for "nothing is frozen": tensors of size 0 are not portable.
    frozen: { shape: [Math.max(1, flatSize(frozen))], dtype: 'float32' },
    ...reader.inputs,
    labels: { shape: [batch], dtype: 'float32' },
    weights: { shape: [batch], dtype: 'float32' },
    ...dropoutSignature(dropout),
  };
}

/** Sum of the rows' losses, each times its weight, over `total` []; and its gradient with respect to what is trained, flat. */
function lossAndGradient<In extends RowInput>(
  { task, partition: { trained, frozen }, reader, dropout: plan }: Loss<In>,
  inputs: Record<In | LossInput, tf.Tensor>,
  total: tf.Tensor,
): { readonly loss: tf.Scalar; readonly gradient: tf.Tensor1D } {
  const views = viewParameters(trained, inputs.theta as tf.Tensor1D);
  const fixed = frozen.length === 0 ? {} : viewParameters(frozen, inputs.frozen as tf.Tensor1D);
  const dropout = makeDropout(plan, inputs);
  const keys = trained.map(({ key }) => key);
  const weighted = (...tensors: tf.Tensor[]): tf.Scalar => {
    const parameters = { ...fixed, ...Object.fromEntries(keys.map((key, index) => [key, tensors[index]!])) };
    const vectors = reader.vectors(parameters, inputs, dropout);
    const losses = task.losses(task.logits(parameters, vectors, dropout), inputs.labels as tf.Tensor1D);
    return tf.div(tf.sum(tf.mul(losses, inputs.weights)), total);
  };
  const { value, grads } = tf.valueAndGrads(weighted)(keys.map((key) => views[key]!));
  return { loss: value, gradient: tf.concat(grads.map((grad) => tf.reshape(grad, [grad.size]))) };
}

const nameOf = ({ batch, tokens }: RowShape): string => `${batch}x${tokens}`;

export type StateInput = 'm' | 'v' | 'stepSize';
export type StepProgram<In extends RowInput> = ProgramSource<In | LossInput | StateInput, 'theta' | 'm' | 'v', 'loss' | 'norm'>;

/** One optimiser step on the mean loss of the rows, each weighted by `weights` [B] (0 for rows that only fill the batch). */
export function stepProgram<In extends RowInput>(loss: Loss<In>, clipNorm: number): StepProgram<In> {
  const { theta, ...others } = lossSignature(loss);
  return {
    name: `step ${nameOf(loss.reader.rows)}`,
    inputs: { theta, m: theta, v: theta, ...others, stepSize: { shape: [1], dtype: 'float32' } },
    keep: ['theta', 'm', 'v'],
    fetch: ['loss', 'norm'],
    body(inputs) {
      const { loss: value, gradient } = lossAndGradient(loss, inputs, tf.sum(tf.abs(inputs.weights)));
      return { loss: value, ...update(inputs, gradient, clipNorm) };
    },
  };
}

export type AccumulateProgram<In extends RowInput> = ProgramSource<In | LossInput | 'totalWeight' | 'gradient', 'gradient', 'loss'>;

/**
 * Adds the gradient of a part of a batch to that of the parts before. `totalWeight` [1] is the sum of the weights' sizes over the
 * whole batch; the losses of the parts add up to the batch's.
 */
export function accumulateProgram<In extends RowInput>(loss: Loss<In>): AccumulateProgram<In> {
  const inputs = lossSignature(loss);
  return {
    name: `gradient ${nameOf(loss.reader.rows)}`,
    inputs: { ...inputs, totalWeight: { shape: [1], dtype: 'float32' }, gradient: inputs.theta },
    keep: ['gradient'],
    fetch: ['loss'],
    body(tensors) {
      const { loss: value, gradient } = lossAndGradient(loss, tensors, tf.reshape(tensors.totalWeight, []));
      return { loss: value, gradient: tf.add(tensors.gradient, gradient) };
    },
  };
}

export type UpdateProgram = ProgramSource<'theta' | 'gradient' | StateInput, 'theta' | 'm' | 'v', 'norm'>;

/** The optimiser's part of a step, for a gradient that was accumulated. */
export function updateProgram({ trained }: Partition, clipNorm: number): UpdateProgram {
  const state = { shape: [flatSize(trained)], dtype: 'float32' } as const;
  return {
    name: 'update',
    inputs: { theta: state, m: state, v: state, gradient: state, stepSize: { shape: [1], dtype: 'float32' } },
    keep: ['theta', 'm', 'v'],
    fetch: ['norm'],
    body: (inputs) => update(inputs, inputs.gradient as tf.Tensor1D, clipNorm),
  };
}

function update(
  { theta, m, v, stepSize }: Record<'theta' | StateInput, tf.Tensor>,
  gradient: tf.Tensor1D,
  clipNorm: number,
): Record<'theta' | 'm' | 'v' | 'norm', tf.Tensor> {
  const state = { theta: theta as tf.Tensor1D, m: m as tf.Tensor1D, v: v as tf.Tensor1D };
  return { ...adamwUpdate(state, gradient, stepSize as tf.Tensor1D, clipNorm) };
}
