/**
 * The loss of masked places: their hidden states alone pass the language model's head (dense, GELU, norm, the word table and a bias), so
 * that logits are [places, words].
 *
 * Shapes: B rows, S sub-tokens, P places of a row, H width, V words.
 */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../core/errors.ts';
import { layerNorm, linear, lookUpRows, type HostValue, type Signature, type Tokenizer } from '../engine/index.ts';
import { padRows, type Network, type Parameter, type ParameterTensors } from '../train/index.ts';
import { fillBatch } from '../train/rows.ts';
import type { RowInput } from '../train/steps.ts';
import { wordLosses } from './cross-entropy.ts';
import { MASKED_SHARE, type MaskedRow } from './mask-row.ts';

const EPSILON = 1e-5;

export function languageModelHead({ width, words: { vocabulary } }: Network): Parameter[] {
  const constant = (value: number) => ({ kind: 'constant', value }) as const;
  const of = (key: string, name: string, shape: readonly number[], initial: Parameter['initial']): Parameter => {
    return { key: `lm.${key}`, tensors: [`lm_head.${name}`], shape, initial };
  };
  return [
    of('dense.weight', 'dense.weight', [width, width], { kind: 'normal', deviation: 0.02 * Math.sqrt(768 / width) }),
    of('dense.bias', 'dense.bias', [width], constant(0)),
    of('norm.scale', 'layer_norm.weight', [width], constant(1)),
    of('norm.bias', 'layer_norm.bias', [width], constant(0)),
    of('bias', 'bias', [vocabulary], constant(0)),
  ];
}

/** The one parameter of the head that has a value for each word. */
export const WORD_BIAS = 'lm_head.bias';

/** Places that a program predicts of each row of S: a fixed number; those that a row does not need weigh nothing. */
const placesOf = (tokens: number): number => Math.ceil(MASKED_SHARE * tokens);

/** Floats that a training step keeps for a row: of a place the logits, their exponentials and gradients, and a dozen vectors. */
export const maskedRowFloats = ({ width, words, rowFloats }: Network, tokens: number): number =>
  tokens === 0 ? 0 : rowFloats(tokens, 'all') + placesOf(tokens) * (4 * words.vocabulary + 12 * width);

/** Rows of S with their masked places, by the stream's number. */
export function maskedSignature(stream: number, batch: number, tokens: number): Signature<RowInput> {
  const [rows, places] = [[batch, tokens], [batch * placesOf(tokens)]];
  const signature: Record<RowInput, Signature[string]> = {};
  signature[`ids${stream}`] = { shape: rows, dtype: 'int32' };
  signature[`mask${stream}`] = { shape: rows, dtype: 'float32' };
  signature[`targetPlaces${stream}`] = { shape: places, dtype: 'int32' };
  signature[`targetIds${stream}`] = { shape: places, dtype: 'int32' };
  signature[`targetShares${stream}`] = { shape: places, dtype: 'float32' };
  return signature;
}

/**
 * Places as rows of [B·S, H], what stood there, and the share of each in its row's mean.
 * @param predicted of each row, over how many places the mean goes; default: its own
 */
export function maskedValues(
  stream: number,
  masked: readonly MaskedRow[],
  { batch, tokens, network }: { readonly batch: number; readonly tokens: number; readonly network: Network },
  predicted: readonly number[] = masked.map(({ places }) => places.length),
): Readonly<Record<RowInput, HostValue>> {
  const rows = fillBatch(masked, batch);
  const means = fillBatch(predicted, batch);
  const padded = padRows(
    rows.map((row) => row.ids),
    tokens,
    network,
  );
  const perRow = placesOf(tokens);
  const size = batch * perRow;
  const [places, ids, shares] = [new Int32Array(size), new Int32Array(size), new Float32Array(size)];
  for (const [index, row] of rows.entries()) {
    places.fill(index * tokens, index * perRow, (index + 1) * perRow);
    for (const [i, place] of row.places.entries()) {
      places[index * perRow + i] = index * tokens + place;
      ids[index * perRow + i] = row.targets[i]!;
      shares[index * perRow + i] = 1 / means[index]!;
    }
  }
  const values: Record<RowInput, HostValue> = {};
  values[`ids${stream}`] = padded.ids;
  values[`mask${stream}`] = padded.mask;
  values[`targetPlaces${stream}`] = { shape: [size], dtype: 'int32', data: places };
  values[`targetIds${stream}`] = { shape: [size], dtype: 'int32', data: ids };
  values[`targetShares${stream}`] = { shape: [size], dtype: 'float32', data: shares };
  return values;
}

const gelu = (z: tf.Tensor2D): tf.Tensor2D => tf.mul(tf.mul(z, 0.5), tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1));

/** Of each row the mean loss of its places, [B]. @param hidden [B·S, H] */
export function maskedLosses(
  parameters: ParameterTensors,
  hidden: tf.Tensor2D,
  inputs: Record<RowInput, tf.Tensor>,
  stream: number,
  batch: number,
): tf.Tensor1D {
  const chosen = lookUpRows(hidden, inputs[`targetPlaces${stream}`] as tf.Tensor1D);
  const [matrix, vector] = [(key: string) => parameters[key] as tf.Tensor2D, (key: string) => parameters[key] as tf.Tensor1D];
  const dense = gelu(linear(chosen, matrix('lm.dense.weight'), vector('lm.dense.bias')));
  const states = layerNorm(dense, vector('lm.norm.scale'), vector('lm.norm.bias'), EPSILON);
  const losses = wordLosses(states, matrix('words'), vector('lm.bias'), inputs[`targetIds${stream}`] as tf.Tensor1D);
  return tf.sum(tf.reshape(tf.mul(losses, inputs[`targetShares${stream}`]!), [batch, -1]), 1);
}

export function maskOf({ name, special: { mask } }: Tokenizer): number {
  if (mask === null) throw new UserError(`tokenizer ${name}`, 'has no <mask>', 'one with <mask>, which masked tokens are replaced by');
  return mask;
}

/** Below a language model's head the library calls the encoder “roberta”; the output's table is the word table and not stored twice. */
export const robertaStoredName = (name: string): string => name.replace(/^encoder\./, 'roberta.');
