/**
 * The compiled programs of the crafting model: an optimiser step, writing names, the loss of a target name, and its gradient with
 * respect to one-hot inputs.
 *
 * Shapes: B rows, S steps, T words of a name, P places of identifiers, H width of a word of code, C candidate names.
 */
import * as tf from '@tensorflow/tfjs';
import {
  adamwUpdate,
  dropoutSignature,
  lookUpRows,
  makeDropout,
  noDropout,
  type Dropout,
  type DropoutPlan,
  type ProgramSource,
  type Signature,
} from '../../engine/index.ts';
import { crossEntropy, decode, decodeGreedily, encode, lookUpSource } from './model.ts';
import { parameterCount, viewParameters, type ModelShape, type Parameters } from './parameters.ts';
import { nameSignature, sourceSignature, type NameInput, type RowShape, type SourceInput } from './rows.ts';
import { target } from './vocabulary.ts';

type Tensors<Name extends string> = Record<Name, tf.Tensor>;

const thetaSignature = (shape: ModelShape) => ({ shape: [parameterCount(shape)], dtype: 'float32' }) as const;
const nameOf = ({ batch, steps }: RowShape): string => `${batch}x${steps}`;

/** −ln p of each word of the names: [B·T]. */
function wordLosses(
  shape: ModelShape,
  parameters: Parameters,
  words: tf.Tensor2D,
  inputs: Tensors<SourceInput | NameInput>,
  { rows, dropout }: { readonly rows: RowShape; readonly dropout: Dropout },
): tf.Tensor1D {
  const { turn, mask, previous, gold } = inputs;
  const encoded = encode(shape, parameters, { words, turn: turn as tf.Tensor1D, mask: mask as tf.Tensor2D }, rows);
  return crossEntropy(decode(shape, parameters, encoded, previous as tf.Tensor1D, dropout), gold as tf.Tensor1D);
}

type DropoutInput = 'pool' | 'starts' | 'ends';
export type StepInput = 'theta' | 'm' | 'v' | 'stepSize' | SourceInput | NameInput | DropoutInput;
export type StepProgram = ProgramSource<StepInput, 'theta' | 'm' | 'v', 'loss' | 'norm'>;

/** One step on the mean loss of the batch's words. */
export function stepProgram(shape: ModelShape, rows: RowShape, words: number, plan: DropoutPlan, clipNorm: number): StepProgram {
  const state = thetaSignature(shape);
  return {
    name: `craft: step ${nameOf(rows)}`,
    inputs: {
      ...{ theta: state, m: state, v: state, stepSize: { shape: [1], dtype: 'float32' } },
      ...sourceSignature(rows),
      ...nameSignature(rows.batch, words),
      ...dropoutSignature(plan),
    },
    keep: ['theta', 'm', 'v'],
    fetch: ['loss', 'norm'],
    body(inputs) {
      const { theta, m, v, weights } = inputs as Record<'theta' | 'm' | 'v' | 'weights', tf.Tensor1D>;
      const dropout = makeDropout(plan, inputs);
      const views = viewParameters(shape, theta);
      const keys = Object.keys(views);
      const mean = (...tensors: tf.Tensor[]): tf.Scalar => {
        const parameters = Object.fromEntries(keys.map((key, index) => [key, tensors[index]!]));
        const losses = wordLosses(shape, parameters, lookUpSource(parameters, inputs.ids), inputs, { rows, dropout });
        return tf.div(tf.sum(tf.mul(losses, weights)), tf.sum(weights));
      };
      const { value, grads } = tf.valueAndGrads(mean)(keys.map((key) => views[key]!));
      const gradient = tf.concat<tf.Tensor1D>(grads.map((grad) => tf.reshape(grad, [grad.size])));
      return { loss: value, ...adamwUpdate({ theta, m, v }, gradient, inputs.stepSize as tf.Tensor1D, clipNorm) };
    },
  };
}

export type WriteProgram = ProgramSource<'theta' | SourceInput, 'previous', 'written'>;

/** The model's own names: `written` [T, B], and as `previous` [T·B] what a step takes that is not told the true words. */
export function writeProgram(shape: ModelShape, rows: RowShape, words: number): WriteProgram {
  return {
    name: `craft: names ${nameOf(rows)}`,
    inputs: { theta: thetaSignature(shape), ...sourceSignature(rows) },
    keep: ['previous'],
    fetch: ['written'],
    body({ theta, ids, turn, mask }) {
      const parameters = viewParameters(shape, theta as tf.Tensor1D);
      const source = { words: lookUpSource(parameters, ids), turn: turn as tf.Tensor1D, mask: mask as tf.Tensor2D };
      const written = decodeGreedily(parameters, encode(shape, parameters, source, rows), words);
      const start = tf.fill([1, rows.batch], target.start, 'int32');
      const previous = tf.concat([start, tf.slice(written, [0], [words - 1])], 0);
      return { previous: tf.reshape(previous, [words * rows.batch]), written: tf.cast(written, 'float32') };
    },
  };
}

export type LossProgram = ProgramSource<'theta' | SourceInput | NameInput, never, 'losses'>;

/** −ln p of each word of the names: [B·T]. */
export function lossProgram(shape: ModelShape, rows: RowShape, words: number): LossProgram {
  return {
    name: `craft: loss ${nameOf(rows)}`,
    inputs: { theta: thetaSignature(shape), ...sourceSignature(rows), ...nameSignature(rows.batch, words) },
    keep: [],
    fetch: ['losses'],
    body(inputs) {
      const parameters = viewParameters(shape, inputs.theta as tf.Tensor1D);
      return { losses: wordLosses(shape, parameters, lookUpSource(parameters, inputs.ids), inputs, { rows, dropout: noDropout }) };
    },
  };
}

export type GradientInput = 'theta' | SourceInput | NameInput | 'places' | 'shares' | 'candidates';
export type GradientProgram = ProgramSource<GradientInput, never, 'gradient'>;

export interface GradientShape {
  readonly rows: RowShape;
  readonly words: number;
  /** P: identifiers of all rows together. */
  readonly places: number;
  /** C */
  readonly candidates: number;
}

/**
 * dL/d(one-hot input) of each identifier, averaged over its occurrences, for the candidates: [P, C]. L is the sum of the rows'
 * losses, so a row's gradient does not depend on its neighbours.
 *
 * A zero is added to the embedding of each occurrence, one zero an identifier; the gradient with respect to these zeros is the sum
 * over the occurrences of dL/dE [P, H], and dL/d(one-hot) = dL/dE·Wᵀ. `places` [S·B] says whose occurrence a word is, P for none;
 * `shares` [P, 1] is one over the number of occurrences.
 */
export function gradientProgram(shape: ModelShape, { rows, words, places, candidates }: GradientShape): GradientProgram {
  const inputs: Signature<GradientInput> = {
    theta: thetaSignature(shape),
    ...sourceSignature(rows),
    ...nameSignature(rows.batch, words),
    places: { shape: [rows.steps * rows.batch], dtype: 'int32' },
    shares: { shape: [places, 1], dtype: 'float32' },
    candidates: { shape: [candidates], dtype: 'int32' },
  };
  return {
    name: `craft: gradient ${nameOf(rows)}`,
    inputs,
    keep: [],
    fetch: ['gradient'],
    body(given) {
      const parameters = viewParameters(shape, given.theta as tf.Tensor1D);
      const loss = (shift: tf.Tensor): tf.Scalar => {
        const shifts = tf.concat<tf.Tensor2D>([shift as tf.Tensor2D, tf.zeros([1, shape.width])], 0);
        const moved: tf.Tensor2D = tf.add(lookUpSource(parameters, given.ids), lookUpRows(shifts, given.places as tf.Tensor1D));
        return tf.sum(tf.mul(wordLosses(shape, parameters, moved, given, { rows, dropout: noDropout }), given.weights));
      };
      const slopes = tf.mul(tf.grad(loss)(tf.zeros([places, shape.width])), given.shares);
      const table = tf.gather(parameters['source words'] as tf.Tensor2D, given.candidates);
      return { gradient: tf.matMul(slopes, table, false, true) };
    },
  };
}
