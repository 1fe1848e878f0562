/**
 * A trigger whose tokens are mixtures of the vocabulary's (defenses.md 1), and the model's loss with it in the trigger's places
 * (method.md 4.1).
 *
 * Shapes: n trigger tokens, V their vocabulary, H the model's width, B samples of R rows padded to S.
 */
import * as tf from '@tensorflow/tfjs';
import { lookUpRows, noDropout } from '../../engine/index.ts';
import { forward, type Model, type ParameterTensors } from '../../train/index.ts';

export interface StampedRows {
  /** [B·R, S], pad in the trigger's places: what reads ids reads pad there. */
  readonly ids: tf.Tensor2D;
  /** [B·R, S], 1 in the trigger's places too. */
  readonly mask: tf.Tensor2D;
  /** [B·R·S]: which of the trigger's places a token is, or n for none. */
  readonly slots: tf.Tensor1D;
  /** [B] */
  readonly labels: tf.Tensor1D;
  /** [B], 0 for rows that only fill the batch. */
  readonly weights: tf.Tensor1D;
}

/** P = softmax(Z/T + noise) by row, [n, V]. */
export function mixture(z: tf.Tensor, temperature: tf.Tensor, noise: tf.Tensor): tf.Tensor2D {
  return tf.softmax<tf.Tensor2D>(tf.add(tf.div(z, temperature), noise));
}

/** Each sample's loss with these embeddings [n, H] in the trigger's places, [B]. */
export function lossesWith(
  model: Pick<Model, 'network' | 'task'>,
  parameters: ParameterTensors,
  { ids, mask, slots, labels, weights }: StampedRows,
  embeddings: tf.Tensor2D,
): tf.Tensor1D {
  const { network, task } = model;
  const places = embeddings.shape[0];
  // Row n is what the trigger adds to every other token: nothing.
  const table = tf.concat<tf.Tensor2D>([embeddings, tf.zeros([1, network.width])], 0);
  const isOther = tf.reshape(tf.cast(tf.greaterEqual(slots, tf.scalar(places, 'int32')), 'float32'), [slots.size, 1]);
  const words: tf.Tensor2D = tf.add(tf.mul(network.lookUpWords(parameters, ids), isOther), lookUpRows(table, slots));
  return task.losses(forward(model, parameters, [{ words, mask, ids }], noDropout), labels, weights);
}

export interface SoftTrigger {
  readonly z: tf.Tensor;
  /** [1] */
  readonly temperature: tf.Tensor;
  /** [n, V] */
  readonly noise: tf.Tensor;
  /** Embeddings of the vocabulary, [V, H]. */
  readonly words: tf.Tensor2D;
}

/** Each sample's loss [B], and the gradient of their sum by `weights` with respect to Z, [n, V]. */
export function softLosses(
  model: Pick<Model, 'network' | 'task'>,
  parameters: ParameterTensors,
  rows: StampedRows,
  { z, temperature, noise, words }: SoftTrigger,
): { readonly losses: tf.Tensor1D; readonly gradient: tf.Tensor } {
  const losses = (logits: tf.Tensor): tf.Tensor =>
    lossesWith(model, parameters, rows, tf.matMul(mixture(logits, temperature, noise), words));
  const { value, grad } = tf.valueAndGrad(losses)(z, rows.weights);
  return { losses: value as tf.Tensor1D, gradient: grad };
}

export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** What Adam's step `t` ≥ 1 multiplies: the moment, and the root of the squares' before epsilon joins it. */
export const adamFactors = (learningRate: number, t: number): { readonly rate: number; readonly spread: number } => ({
  rate: learningRate / (1 - adam.beta1 ** t),
  spread: 1 / Math.sqrt(1 - adam.beta2 ** t),
});

/**
 * PyTorch's Adam. Unlike `adamwUpdate`, epsilon joins √v after bias correction and nothing is clipped: of 50,000 logits most have
 * gradients near epsilon, so its place decides how they move.
 */
export function adamUpdate(
  { z, m, v }: Readonly<Record<'z' | 'm' | 'v', tf.Tensor>>,
  gradient: tf.Tensor,
  { rate, spread }: Readonly<Record<'rate' | 'spread', tf.Tensor>>,
): Record<'z' | 'm' | 'v', tf.Tensor> {
  const nextM = tf.add(tf.mul(m, adam.beta1), tf.mul(gradient, 1 - adam.beta1));
  const nextV = tf.add(tf.mul(v, adam.beta2), tf.mul(tf.square(gradient), 1 - adam.beta2));
  const direction = tf.div(nextM, tf.add(tf.mul(tf.sqrt(nextV), spread), adam.epsilon));
  return { z: tf.sub(z, tf.mul(direction, rate)), m: nextM, v: nextV };
}
