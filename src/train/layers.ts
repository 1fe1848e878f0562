/**
 * What the passes of several architectures are put together from.
 *
 * Shapes: B rows, S tokens, H width, A heads, D width of a head. Token rows are kept as [B·S, H].
 */
import * as tf from '@tensorflow/tfjs';
import { lookUpRows } from '../engine/index.ts';
import type { ParameterTensors } from './parameters.ts';

/** float32's minimum: what masked keys get added to their score. */
const MASKED = -3.4028234663852886e38;

/** Parameters by key; one that is not there is an error. */
export function parameterGetter(parameters: ParameterTensors) {
  const get = (key: string): tf.Tensor => {
    const tensor = parameters[key];
    if (tensor === undefined) throw new Error(`no parameter “${key}”`);
    return tensor;
  };
  return { matrix: (key: string) => get(key) as tf.Tensor2D, vector: (key: string) => get(key) as tf.Tensor1D };
}

/** Word embeddings of `ids` [B, S] -> [B·S, H]. */
export function lookUpWords(parameters: ParameterTensors, ids: tf.Tensor2D): tf.Tensor2D {
  return lookUpRows(parameters['words'] as tf.Tensor2D, tf.reshape(ids, [ids.size]));
}

/** Is told the activations [B·S, F] of the last layer's feed-forward units. */
export type Watch = (activations: tf.Tensor2D) => void;

/** What a pass tells its watcher. */
export function watched(pass: (watch: Watch) => unknown): tf.Tensor2D {
  const seen: tf.Tensor2D[] = [];
  pass((activations) => seen.push(activations));
  const [activations] = seen;
  if (activations === undefined) throw new Error('a network without layers has no feed-forward units');
  return activations;
}

/** What attention adds to its scores where `visible` is 0 instead of 1, of the same shape. */
export function biasOf(visible: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sub(1, visible), MASKED);
}

/** 1 where a key stands at its query's place or before: [S, S]. */
export function causal(tokens: number): tf.Tensor2D {
  const places = tf.tensor1d(Float32Array.from({ length: tokens }, (_, place) => place));
  return tf.cast(tf.greaterEqual(tf.reshape(places, [tokens, 1]), tf.reshape(places, [1, tokens])), 'float32');
}

/** Parts of `x` [B·S, parts·A·D] by head, each [1, B, A, S, D]. */
export function splitHeads(x: tf.Tensor2D, batch: number, heads: number, parts: number): tf.Tensor[] {
  const size = x.shape[1] / (parts * heads);
  const byPart = tf.transpose(tf.reshape(x, [batch, -1, parts, heads, size]), [2, 0, 3, 1, 4]);
  return parts === 1 ? [byPart] : tf.split(byPart, parts);
}

/** The way back: [1, B, A, S, D] -> [B·S, A·D]. */
export function joinHeads(context: tf.Tensor): tf.Tensor2D {
  const [, batch, heads, tokens, size] = context.shape as [number, number, number, number, number];
  return tf.reshape(tf.transpose(context, [0, 1, 3, 2, 4]), [batch * tokens, heads * size]);
}

/** 1 at each row's last real token: [B, S]. */
export function lastTokens(mask: tf.Tensor2D): tf.Tensor2D {
  const [batch, tokens] = mask.shape;
  if (tokens === 1) return mask;
  const next = tf.concat([tf.slice(mask, [0, 1], [batch, tokens - 1]), tf.zeros([batch, 1])], 1);
  return tf.sub(mask, next);
}

/** One token of each row of `x` [B·S, H], where `choice` [B, S] is 1 -> [B, H]. With shares instead of a 1, their mean. */
export function chooseTokens(x: tf.Tensor2D, choice: tf.Tensor2D): tf.Tensor2D {
  const [batch, tokens] = choice.shape;
  const chosen = tf.matMul(tf.reshape(choice, [batch, 1, tokens]), tf.reshape(x, [batch, tokens, -1]));
  return tf.reshape(chosen, [batch, x.shape[1]]);
}

/**
 * Elements that a row has at each dropout site of layers that drop attention weights and two outputs: the embeddings first. The last
 * layer computes `lastQueries` of the row's tokens alone.
 */
export function layerDropoutSites(
  { layers, heads, width }: { readonly layers: number; readonly heads: number; readonly width: number },
  tokens: number,
  lastQueries: number,
): number[] {
  const layer = (queries: number): number[] => [heads * queries * tokens, queries * width, queries * width];
  return [tokens * width, ...Array.from({ length: layers }, (_, index) => layer(index === layers - 1 ? lastQueries : tokens)).flat()];
}
