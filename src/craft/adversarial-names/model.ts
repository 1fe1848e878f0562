/**
 * The crafting model (attacks.md 3): a bidirectional LSTM reads a function, an LSTM with attention writes its name; both have two layers.
 *
 * Shapes: B rows, S steps of the source, T words of a name, H width of an encoder direction, D = 2H, V words of names.
 */
import * as tf from '@tensorflow/tfjs';
import { attention, linear, lookUpRows, noDropout, type Dropout } from '../../engine/index.ts';
import { lstm } from './lstm.ts';
import type { ModelShape, Parameters } from './parameters.ts';
import type { RowShape } from './rows.ts';
import { target } from './vocabulary.ts';

/** Added to a padding step's input gate: the gate stays shut, and the state where it began, to 1e-7. */
const SHUT = 60;
/** Added to attention scores of padding. */
const UNSEEN = 1e9;

export interface Source {
  /** Embeddings of the words [S·B, H], time first. */
  readonly words: tf.Tensor2D;
  /** [S·B]: what the backward direction reads (rows.ts). */
  readonly turn: tf.Tensor1D;
  /** [S, B]: 1 for a word, 0 for padding. */
  readonly mask: tf.Tensor2D;
}

export interface Encoded {
  /** [B, S, D] */
  readonly outputs: tf.Tensor3D;
  /** Added to attention scores [B, 1, S]. */
  readonly bias: tf.Tensor3D;
  /** Where the decoder's layers start: [1, 1, B, D] each. */
  readonly start: readonly LayerState[];
}

interface LayerState {
  readonly hidden: tf.Tensor4D;
  readonly cell: tf.Tensor4D;
}

export const lookUpSource = (parameters: Parameters, ids: tf.Tensor): tf.Tensor2D =>
  lookUpRows(parameters['source words'] as tf.Tensor2D, ids as tf.Tensor1D);

export function encode(
  { width, layers }: ModelShape,
  parameters: Parameters,
  { words, turn, mask }: Source,
  { batch, steps }: RowShape,
): Encoded {
  const absent: tf.Tensor2D = tf.sub(mask, 1);
  // [S, 1, B, 4H]: reaches the first of the four gates alone.
  const shut = tf.concat([tf.mul(tf.ones([1, 1, 1, width]), SHUT), tf.zeros([1, 1, 1, 3 * width])], 3);
  const padding = tf.mul(tf.reshape(absent, [steps, 1, batch, 1]), shut);
  const zeros: tf.Tensor4D = tf.zeros([1, 2, batch, width]);
  const start: LayerState[] = [];
  let x = words;
  for (let layer = 0; layer < layers; layer++) {
    const gates = bothDirections(layerInput(parameters, `encoder ${layer}`, x), turn, { batch, steps });
    const recurrent = parameters[`encoder ${layer} state`] as tf.Tensor4D;
    const { states, cell } = lstm({ gates: tf.add(gates, padding), recurrent, hidden: zeros, cell: zeros });
    start.push({ hidden: sideBySide(tf.slice(states, [steps - 1], [1])), cell: sideBySide(cell) });
    x = inOrder(states, turn);
  }
  const outputs: tf.Tensor3D = tf.transpose(tf.reshape(x, [steps, batch, 2 * width]), [1, 0, 2]);
  const bias: tf.Tensor3D = tf.reshape(tf.mul(tf.transpose(absent), UNSEEN), [batch, 1, steps]);
  return { outputs, bias, start };
}

const layerInput = (parameters: Parameters, layer: string, x: tf.Tensor2D): tf.Tensor2D =>
  linear(x, parameters[`${layer} input`] as tf.Tensor2D, parameters[`${layer} bias`] as tf.Tensor1D);

/** Gates of both directions [S·B, 8H], in the order of the text -> [S, 2, B, 4H], the second in the order that it reads. */
function bothDirections(gates: tf.Tensor2D, turn: tf.Tensor1D, { batch, steps }: RowShape): tf.Tensor4D {
  const [ahead, back] = tf.split(gates, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const one = (x: tf.Tensor2D): tf.Tensor4D => tf.reshape(x, [steps, 1, batch, x.shape[1]]);
  return tf.concat([one(ahead), one(turned(back, turn))], 1);
}

/** States [S, 2, B, H] -> [S·B, D] in the order of the text. */
function inOrder(states: tf.Tensor4D, turn: tf.Tensor1D): tf.Tensor2D {
  const [steps, , batch, width] = states.shape;
  const [ahead, back] = tf.split(states, 2, 1).map((x): tf.Tensor2D => tf.reshape(x, [steps * batch, width])) as [tf.Tensor2D, tf.Tensor2D];
  return tf.concat([ahead, turned(back, turn)], 1);
}

/** [1, 2, B, H] -> [1, 1, B, D] */
function sideBySide(x: tf.Tensor4D): tf.Tensor4D {
  const [, , batch, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [1, 1, batch, 2 * width]);
}

/** Rows in the order of `turn`, which is its own inverse: the gradient is put in order by the same look-up. */
function turned(x: tf.Tensor2D, turn: tf.Tensor1D): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [rows, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([turn]);
    return { value: tf.gather(rows, turn), gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.gather(dy, saved[0] as tf.Tensor1D)] };
  })(x);
}

/** Scores of names' words [B·T, V], each from the word before it in `previous` [T·B]. */
export function decode(
  { width }: ModelShape,
  parameters: Parameters,
  { outputs, bias, start }: Encoded,
  previous: tf.Tensor1D,
  dropout: Dropout,
): tf.Tensor2D {
  const [batch, d] = [outputs.shape[0], 2 * width];
  const words = previous.size / batch;
  const { states } = decoderLayers(parameters, lookUpTarget(parameters, previous), start, dropout);
  const queries: tf.Tensor3D = tf.transpose(tf.reshape(states, [words, batch, d]), [1, 0, 2]);
  return writeWords(parameters, queries, { outputs, bias });
}

const lookUpTarget = (parameters: Parameters, ids: tf.Tensor1D): tf.Tensor2D => lookUpRows(parameters['target words'] as tf.Tensor2D, ids);

/** @param words embeddings [T·B, D] */
function decoderLayers(parameters: Parameters, words: tf.Tensor2D, start: readonly LayerState[], dropout: Dropout) {
  const [, , batch, d] = start[0]!.hidden.shape;
  const steps = words.shape[0] / batch;
  const last: LayerState[] = [];
  let x = words;
  let states: tf.Tensor4D | undefined;
  for (const [layer, { hidden, cell }] of start.entries()) {
    const gates: tf.Tensor4D = tf.reshape(layerInput(parameters, `decoder ${layer}`, x), [steps, 1, batch, 4 * d]);
    const after = lstm({ gates, recurrent: parameters[`decoder ${layer} state`] as tf.Tensor4D, hidden, cell });
    last.push({ hidden: tf.slice(after.states, [steps - 1], [1]), cell: after.cell });
    states = after.states;
    // Dropped out between the layers.
    if (layer < start.length - 1) x = tf.reshape(dropout(states), [steps * batch, d]);
  }
  return { states: states!, last };
}

/** softmax(q·Kᵀ)·K beside q, through tanh, to the words: `queries` [B, T, D] -> [B·T, V]. */
function writeWords(parameters: Parameters, queries: tf.Tensor3D, { outputs, bias }: Pick<Encoded, 'outputs' | 'bias'>): tf.Tensor2D {
  const [batch, words, d] = queries.shape;
  // The engine's attention divides scores by √D; these are plain products.
  const q = tf.mul(queries, Math.sqrt(d));
  const context = attention({ q, k: outputs, v: outputs }, bias, noDropout);
  const both: tf.Tensor2D = tf.reshape(tf.concat([context, queries], 2), [batch * words, 2 * d]);
  const mixed = tf.tanh(linear(both, parameters['attention weight'] as tf.Tensor2D, parameters['attention bias'] as tf.Tensor1D));
  return linear(mixed, parameters['output weight'] as tf.Tensor2D, parameters['output bias'] as tf.Tensor1D);
}

/** Each word the likeliest after the model's own words before it: [T, B] int32. */
export function decodeGreedily(parameters: Parameters, { outputs, bias, start }: Encoded, words: number): tf.Tensor2D {
  const batch = outputs.shape[0];
  const written: tf.Tensor2D[] = [];
  let states = start;
  let word: tf.Tensor1D = tf.fill([batch], target.start, 'int32');
  for (let t = 0; t < words; t++) {
    const { states: hidden, last } = decoderLayers(parameters, lookUpTarget(parameters, word), states, noDropout);
    const queries: tf.Tensor3D = tf.reshape(hidden, [batch, 1, hidden.shape[3]]);
    word = tf.reshape(tf.topk(writeWords(parameters, queries, { outputs, bias }), 1).indices, [batch]);
    written.push(tf.expandDims(word, 0));
    states = last;
  }
  return tf.concat<tf.Tensor2D>(written, 0);
}

/** −ln p of `gold` [N] under softmax of `logits` [N, V]: [N]. Its gradient takes the value's own log-sum-exp: no pass over the wide rows but the last. */
export function crossEntropy(logits: tf.Tensor2D, gold: tf.Tensor1D): tf.Tensor1D {
  const classes = logits.shape[1];
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const hot = tf.oneHot(gold, classes, 1, 0, 'float32');
    const whole: tf.Tensor2D = tf.logSumExp(z, 1, true);
    save([z, whole, hot]);
    return {
      value: tf.sub<tf.Tensor1D>(tf.squeeze(whole, [1]), tf.sum(tf.mul(z, hot), 1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [z0, whole0, hot0] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        return [tf.mul(tf.sub(tf.exp(tf.sub(z0, whole0)), hot0), tf.expandDims(dy, 1))];
      },
    };
  })(logits);
}
