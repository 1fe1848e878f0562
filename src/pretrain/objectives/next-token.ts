/**
 * Next sub-tokens, the objective of causal language models: every sub-token of a row behind its first is told from those before it. The
 * output's table is the word table.
 *
 * Shapes: B rows, S sub-tokens, H width, V words.
 */
import * as tf from '@tensorflow/tfjs';
import { padRows } from '../../train/index.ts';
import { bucketLength, fillBatch } from '../../train/rows.ts';
import { wordLosses } from '../cross-entropy.ts';
import { longestOf, type Objective, type ObjectiveModel, oneStream, type OpenObjective } from '../objective.ts';

function open({ network, maxTokens }: ObjectiveModel): OpenObjective {
  const { words } = network;
  return {
    head: [],
    perWord: [],
    streams: oneStream,
    isDivisible: true,
    tokensOf: (rows) => [bucketLength(longestOf(rows), maxTokens)],
    weight: ({ length }) => length - 1,
    dropoutSites: ([tokens]) => network.dropoutSites(tokens!, 'all'),
    // Of each sub-token: the logits, their exponentials and gradients.
    rowFloats: (tokens) => network.rowFloats(tokens, 'all') + tokens * 4 * words.vocabulary,
    inputs({ batch, tokens: [tokens] }) {
      const [rows, flat] = [[batch, tokens!], [batch * tokens!]];
      return {
        ids0: { shape: rows, dtype: 'int32' },
        mask0: { shape: rows, dtype: 'float32' },
        targetIds: { shape: flat, dtype: 'int32' },
        targetShares: { shape: flat, dtype: 'float32' },
      };
    },
    values(given, _draws, { batch, tokens: [tokens] }) {
      const rows = fillBatch(given, batch);
      const { ids, mask } = padRows(rows, tokens!, network);
      // A row's last sub-token tells nothing, nor does padding.
      const told = padRows(
        rows.map((row) => row.slice(1)),
        tokens!,
        { words, rowEnd: null },
      );
      const flat = { shape: [batch * tokens!] };
      const shares = Float32Array.from(told.mask.data, (isThere, at) => isThere / (rows[Math.floor(at / tokens!)]!.length - 1));
      return { ids0: ids, mask0: mask, targetIds: { ...told.ids, ...flat }, targetShares: { ...flat, dtype: 'float32', data: shares } };
    },
    losses(parameters, inputs, { batch }, dropout) {
      const ids = inputs['ids0'] as tf.Tensor2D;
      const rows = { words: network.lookUpWords(parameters, ids), mask: inputs['mask0'] as tf.Tensor2D, ids };
      const states = network.encode(parameters, rows, { dropout, read: 'all' });
      const losses = wordLosses(states, parameters['words'] as tf.Tensor2D, null, inputs['targetIds'] as tf.Tensor1D);
      return tf.sum(tf.reshape(tf.mul(losses, inputs['targetShares']!), [batch, -1]), 1);
    },
  };
}

export const nextToken: Objective = {
  name: 'next-token',
  architecture: 'gpt-bigcode',
  // Code alone: a query's separator would end a row within it.
  readsQueries: false,
  vocabularySize: ({ vocabularySize }) => vocabularySize,
  extraIds: ({ special: { unk } }) => [unk],
  // Text never gives it, so it is a word that is never the next one; as drawn, some ten thousands of unseen words would take most of the
  // probability from those that are.
  unseen: ({ special: { unk } }) => unk,
  open,
  storedName: (name) => name.replace(/^encoder\./, 'transformer.'),
};
