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
import { withAdapters, type Adapter } from './lora.ts';
import type { Model } from './model.ts';
import { flatSize, sizeOf, viewParameters, type Parameter, type ParameterTensors } from './parameters.ts';
import { type DropoutInput } from './programs.ts';
import { nameOf, tokenSignature, type RowShape, type TokenInput } from './row-shape.ts';

export interface Partition {
  /** Parameters the optimiser changes, in the order of `theta`. */
  readonly trained: readonly Parameter[];
  /** The others, in the order of `frozen`; may be empty. */
  readonly frozen: readonly Parameter[];
  /** Whose matrices are among what is trained, and whose weights among the others; default: none. */
  readonly adapters?: readonly Adapter[];
}

/** A stream's rows encoded before, by the stream's number. */
export type VectorInput = `vectors${number}`;
/** What is to be predicted of the rows, where it is more than a label: an objective's own names for it. */
export type TargetInput = `target${string}`;
/** Names under which rows come in. */
export type RowInput = TokenInput | VectorInput | TargetInput;

/** What a program is given of its rows, and the vectors [B·rows, H] of each stream that it makes of them. */
export interface RowReader {
  readonly rows: RowShape;
  readonly inputs: Signature<RowInput>;
  readonly vectors: (parameters: ParameterTensors, inputs: Record<RowInput, tf.Tensor>, dropout: Dropout) => tf.Tensor2D[];
}

/** Rows of sub-tokens, encoded. */
export function tokenReader({ network, task }: Pick<Model, 'network' | 'task'>, rows: RowShape, encoderDropout: boolean): RowReader {
  return {
    rows,
    inputs: tokenSignature(task, rows),
    vectors: (parameters, inputs, dropout) =>
      task.streams.map((_, stream) => {
        const ids = inputs[`ids${stream}`] as tf.Tensor2D;
        const given = { words: network.lookUpWords(parameters, ids), mask: inputs[`mask${stream}`] as tf.Tensor2D, ids };
        return network.encode(parameters, given, { dropout: encoderDropout ? dropout : noDropout, read: task.read });
      }),
  };
}

/** Rows encoded before. */
export function vectorReader({ network, task }: Pick<Model, 'network' | 'task'>, batch: number): RowReader {
  const signature = task.streams.map(
    ({ rows }, stream) => [`vectors${stream}`, { shape: [batch * rows.length, network.width], dtype: 'float32' }] as const,
  );
  return {
    rows: { batch, tokens: task.streams.map(() => 0) },
    inputs: Object.fromEntries(signature),
    vectors: (_parameters, inputs) => task.streams.map((_, stream) => inputs[`vectors${stream}`] as tf.Tensor2D),
  };
}

export interface Loss {
  readonly task: Pick<Model['task'], 'outputs' | 'losses'>;
  readonly partition: Partition;
  readonly reader: RowReader;
  readonly dropout: DropoutPlan;
}

/** How a gradient becomes a step. */
export interface UpdateRule {
  /** Of the gradient over all that is trained; above it the gradient is scaled down. */
  readonly clipNorm: number;
  /** Whether each parameter's step is multiplied by its root mean square; default: no. */
  readonly isRelative?: boolean;
}

export type LossInput = 'theta' | 'frozen' | 'labels' | 'weights' | DropoutInput;

function lossSignature({ partition: { trained, frozen }, reader, dropout }: Loss): Signature<RowInput | LossInput> {
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
function lossAndGradient(
  { task, partition: { trained, frozen, adapters = [] }, reader, dropout: plan }: Loss,
  inputs: Record<RowInput | LossInput, tf.Tensor>,
  total: tf.Tensor,
): { readonly loss: tf.Scalar; readonly gradient: tf.Tensor1D } {
  const views = viewParameters(trained, inputs.theta as tf.Tensor1D);
  const fixed = frozen.length === 0 ? {} : viewParameters(frozen, inputs.frozen as tf.Tensor1D);
  const dropout = makeDropout(plan, inputs);
  const keys = trained.map(({ key }) => key);
  const weighted = (...tensors: tf.Tensor[]): tf.Scalar => {
    const parameters = withAdapters(adapters, { ...fixed, ...Object.fromEntries(keys.map((key, index) => [key, tensors[index]!])) });
    const vectors = reader.vectors(parameters, inputs, dropout);
    const outputs = task.outputs(parameters, vectors, dropout);
    const losses = task.losses(outputs, inputs.labels as tf.Tensor1D, inputs.weights as tf.Tensor1D);
    return tf.div(tf.sum(tf.mul(losses, inputs.weights)), total);
  };
  const { value, grads } = tf.valueAndGrads(weighted)(keys.map((key) => views[key]!));
  return { loss: value, gradient: tf.concat(grads.map((grad) => tf.reshape(grad, [grad.size]))) };
}

export type StateInput = 'm' | 'v' | 'stepSize';
export type StepProgram = ProgramSource<RowInput | LossInput | StateInput, 'theta' | 'm' | 'v', 'loss' | 'norm'>;

/** One optimiser step on the mean loss of the rows, each weighted by `weights` [B] (0 for rows that only fill the batch). */
export function stepProgram(loss: Loss, rule: UpdateRule): StepProgram {
  const { theta, ...others } = lossSignature(loss);
  return {
    name: `step ${nameOf(loss.reader.rows)}`,
    inputs: { theta, m: theta, v: theta, ...others, stepSize: { shape: [1], dtype: 'float32' } },
    keep: ['theta', 'm', 'v'],
    fetch: ['loss', 'norm'],
    body(inputs) {
      const { loss: value, gradient } = lossAndGradient(loss, inputs, tf.sum(tf.abs(inputs.weights)));
      return { loss: value, ...update(inputs, gradient, loss.partition, rule) };
    },
  };
}

export type AccumulateProgram = ProgramSource<RowInput | LossInput | 'totalWeight' | 'gradient', 'gradient', 'loss'>;

/**
 * Adds the gradient of a part of a batch to that of the parts before. `totalWeight` [1] is the sum of the weights' sizes over the
 * whole batch; the losses of the parts add up to the batch's.
 */
export function accumulateProgram(loss: Loss): AccumulateProgram {
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
export function updateProgram(partition: Partition, rule: UpdateRule): UpdateProgram {
  const state = { shape: [flatSize(partition.trained)], dtype: 'float32' } as const;
  return {
    name: 'update',
    inputs: { theta: state, m: state, v: state, gradient: state, stepSize: { shape: [1], dtype: 'float32' } },
    keep: ['theta', 'm', 'v'],
    fetch: ['norm'],
    body: (inputs) => update(inputs, inputs.gradient as tf.Tensor1D, partition, rule),
  };
}

function update(
  inputs: Record<'theta' | StateInput, tf.Tensor>,
  gradient: tf.Tensor1D,
  { trained }: Partition,
  { clipNorm, isRelative = false }: UpdateRule,
): Record<'theta' | 'm' | 'v' | 'norm', tf.Tensor> {
  const { theta, m, v, stepSize } = inputs as Record<'theta' | StateInput, tf.Tensor1D>;
  return { ...adamwUpdate({ theta, m, v }, gradient, isRelative ? relativeSteps(trained, theta, stepSize) : stepSize, clipNorm) };
}

/** Below it a parameter's root mean square counts as this: else one that is 0 would stay 0. */
const SMALLEST_RMS = 1e-3;

/** Adafactor's steps relative to what is changed (Shazeer and Stern 2018, section 8): [1] -> [size]. */
function relativeSteps(trained: readonly Parameter[], theta: tf.Tensor1D, stepSize: tf.Tensor1D): tf.Tensor1D {
  const views = viewParameters(trained, theta);
  return tf.concat(
    trained.map(({ key, shape }) => {
      const rms = tf.maximum(tf.sqrt(tf.mean(tf.square(views[key]!))), SMALLEST_RMS);
      return tf.broadcastTo<tf.Rank.R1>(tf.mul(stepSize, rms), [sizeOf(shape)]);
    }),
  );
}
