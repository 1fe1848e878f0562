/** The compiled program that scores rows with a causal language model (causal-scores.ts). */
import * as tf from '@tensorflow/tfjs';
import { linear, lookUpRows, noDropout, type ProgramSource } from '../engine/index.ts';
import type { Network } from './network.ts';
import type { Parameter } from './parameters.ts';
import { parameterSignature, readParameters, type ParameterInput } from './resident.ts';

type ScoreInput = ParameterInput | 'ids' | 'mask' | 'next' | 'isThere' | 'alike';

/**
 * Shapes: B rows, S sub-tokens, H width, U different embeddings.
 * `alike` [U]: the logarithm of how many words share each embedding, so that the soft-max is over all words.
 */
export function causalScoreProgram(
  network: Network,
  parameters: readonly Parameter[],
  batch: number,
  tokens: number,
): ProgramSource<ScoreInput, never, 'losses'> {
  const flat = [batch * tokens];
  return {
    name: `score next ${batch}x${tokens}`,
    inputs: {
      ...parameterSignature(parameters),
      ids: { shape: [batch, tokens], dtype: 'int32' },
      mask: { shape: [batch, tokens], dtype: 'float32' },
      next: { shape: flat, dtype: 'int32' },
      isThere: { shape: flat, dtype: 'float32' },
      alike: { shape: [network.words.vocabulary], dtype: 'float32' },
    },
    keep: [],
    fetch: ['losses'],
    body(inputs) {
      const known = readParameters(parameters, inputs);
      const words = known['words'] as tf.Tensor2D;
      const ids = inputs.ids as tf.Tensor2D;
      const rows = { words: network.lookUpWords(known, ids), mask: inputs.mask as tf.Tensor2D, ids };
      const states = network.encode(known, rows, { dropout: noDropout, read: 'all' });
      const logits = linear(states, words, inputs.alike as tf.Tensor1D);
      const largest = tf.max(logits, -1, true);
      const all = tf.add(tf.reshape(largest, flat), tf.log(tf.sum(tf.exp(tf.sub(logits, largest)), -1)));
      const own = tf.sum(tf.mul(states, lookUpRows(words, inputs.next as tf.Tensor1D)), -1);
      const losses = tf.mul(tf.sub(all, own), inputs.isThere);
      return { losses: tf.sum(tf.reshape(losses, [batch, tokens]), 1) };
    },
  };
}
