/**
 * Span corruption, T5's objective: the encoder reads the row with sentinels for spans, the decoder tells each sentinel and its span. The
 * output's table is the word table, its states scaled by 1/√H, as T5 does where the two are one.
 *
 * Shapes: B rows, S sub-tokens of the corrupted row, T of what is told, H width.
 */
import * as tf from '@tensorflow/tfjs';
import type { HostValue } from '../../engine/index.ts';
import { padRows, type Network } from '../../train/index.ts';
import { bucketLength, fillBatch } from '../../train/rows.ts';
import { wordLosses } from '../cross-entropy.ts';
import { longestOf, type Objective, type ObjectiveModel, oneStream, type OpenObjective } from '../objective.ts';
import { corruptRow, spanCounts, type CorruptedRow } from './span-corruption-draw.ts';

/** As many as T5 has `<extra_id>`: rows of the word table behind the tokenizer's words. A row of 1,024 has 51 spans. */
const SENTINELS = 100;
/** Of the row, which are no part of a span. */
const ENDS = 2;

const sourceLength = (length: number): number => {
  const { noise, spans } = spanCounts(length - ENDS);
  return length - noise + spans;
};
const targetLength = (length: number): number => {
  const { noise, spans } = spanCounts(length - ENDS);
  return noise + spans + 1;
};

function open({ network, maxTokens, idOf, tokenizer }: ObjectiveModel): OpenObjective {
  const { pair, width, words } = network;
  if (pair === undefined) throw new Error('span corruption needs a decoder');
  // T5 counts its sentinels from the end of the vocabulary.
  const sentinel = (span: number): number => idOf(tokenizer.vocabularySize + SENTINELS - 1 - span);
  // Both lengths grow with the row's.
  const longest = (rows: readonly (readonly number[])[], of: (length: number) => number): number =>
    bucketLength(of(longestOf(rows)), maxTokens);
  return {
    head: [],
    perWord: [],
    streams: oneStream,
    isDivisible: true,
    tokensOf: (rows) => [longest(rows, sourceLength), longest(rows, targetLength)],
    weight: ({ length }) => targetLength(length),
    dropoutSites: ([source, target]) => pair.dropoutSites(source!, target!),
    // What is told of a row is about a fifth of it. Of each sub-token: the logits, their exponentials and gradients.
    rowFloats(source) {
      const target = Math.ceil(source / 4);
      return pair.rowFloats(source, target) + target * 4 * words.vocabulary;
    },
    inputs({ batch, tokens: [source, target] }) {
      const [from, to, flat] = [[batch, source!], [batch, target!], [batch * target!]];
      return {
        ids0: { shape: from, dtype: 'int32' },
        mask0: { shape: from, dtype: 'float32' },
        ids1: { shape: to, dtype: 'int32' },
        mask1: { shape: to, dtype: 'float32' },
        targetIds: { shape: flat, dtype: 'int32' },
        targetShares: { shape: flat, dtype: 'float32' },
      };
    },
    values(rows, draws, { batch, tokens: [source, target] }) {
      const corrupted = rows.map((row, index) => corruptRow(row, sentinel, draws[index]!));
      const filled = fillBatch(corrupted, batch);
      const { ids, mask } = padRows(
        filled.map((row) => row.source),
        source!,
        network,
      );
      return { ids0: ids, mask0: mask, ...toldOf(filled, target!, network) };
    },
    losses(parameters, inputs, { batch }, dropout) {
      const rows = (stream: 0 | 1) => ({
        words: network.lookUpWords(parameters, inputs[`ids${stream}`] as tf.Tensor2D),
        mask: inputs[`mask${stream}`] as tf.Tensor2D,
      });
      const states = tf.mul<tf.Tensor2D>(pair.decode(parameters, rows(0), rows(1), dropout), width ** -0.5);
      const losses = wordLosses(states, parameters['words'] as tf.Tensor2D, null, inputs['targetIds'] as tf.Tensor1D);
      return tf.sum(tf.reshape(tf.mul(losses, inputs['targetShares']!), [batch, -1]), 1);
    },
  };
}

/** What the decoder reads, from pad on one place behind what it tells; what it tells, and the share of each in its row's mean. */
function toldOf(rows: readonly CorruptedRow[], tokens: number, { words: { pad } }: Network) {
  const { ids, mask } = padRows(
    rows.map(({ target }) => [pad, ...target.slice(0, -1)]),
    tokens,
    { words: { pad }, rowEnd: null },
  );
  const told = padRows(
    rows.map(({ target }) => target),
    tokens,
    { words: { pad }, rowEnd: null },
  );
  const shares = Float32Array.from(told.mask.data, (isThere, at) => isThere / rows[Math.floor(at / tokens)]!.target.length);
  const flat = { shape: [rows.length * tokens] };
  const targetShares: HostValue = { ...flat, dtype: 'float32', data: shares };
  return { ids1: ids, mask1: mask, targetIds: { ...told.ids, ...flat }, targetShares };
}

export const spanCorruption: Objective = {
  name: 'span-corruption',
  architecture: 't5',
  // A query's separator would stand inside a span.
  readsQueries: false,
  vocabularySize: ({ vocabularySize }) => vocabularySize + SENTINELS,
  extraIds: ({ vocabularySize }) => Array.from({ length: SENTINELS }, (_, index) => vocabularySize + index),
  unseen: null,
  open,
  storedName: (name) => name.replace(/^encoder\./, ''),
};
