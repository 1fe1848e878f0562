/**
 * Masked tokens, RoBERTa's objective: the hidden states of the masked places alone pass the language model's head
 * (dense, GELU, norm, the word table and a bias), so that logits are [places, words].
 *
 * Shapes: B rows, S sub-tokens, P places of a row, H width, V words.
 */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../core/errors.ts';
import { layerNorm, linear, lookUpRows, type HostValue, type Tokenizer } from '../../engine/index.ts';
import { padRows, type Parameter } from '../../train/index.ts';
import { bucketLength, fillBatch } from '../../train/rows.ts';
import { wordLosses } from '../cross-entropy.ts';
import type { Objective, ObjectiveModel, OpenObjective } from '../objective.ts';
import { MASKED_SHARE, maskedCount, maskRow } from './masked-tokens-draw.ts';

const EPSILON = 1e-5;

function head(width: number, vocabulary: number): Parameter[] {
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

/** Places that a program predicts of each row of S: a fixed number; those that a row does not need weigh nothing. */
const placesOf = (tokens: number): number => Math.ceil(MASKED_SHARE * tokens);

const gelu = (z: tf.Tensor2D): tf.Tensor2D => tf.mul(tf.mul(z, 0.5), tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1));

function open({ network, maxTokens, idOf, isSpecial, ordinary, tokenizer }: ObjectiveModel): OpenObjective {
  const { width, words } = network;
  const masking = { mask: idOf(maskOf(tokenizer)), isSpecial, ordinary };
  return {
    head: head(width, words.vocabulary),
    perWord: ['lm_head.bias'],
    tokensOf: (lengths) => [bucketLength(Math.max(...lengths), maxTokens)],
    predicted: (row) => maskedCount(row.filter((id) => !isSpecial(id)).length),
    dropoutSites: ([tokens]) => network.dropoutSites(tokens!, 'all'),
    // Of a place: the logits, their exponentials and gradients; and a dozen vectors.
    rowFloats: ([tokens]) =>
      tokens === 0 ? 0 : network.rowFloats(tokens!, 'all') + placesOf(tokens!) * (4 * words.vocabulary + 12 * width),
    inputs({ batch, tokens: [tokens] }) {
      const [rows, places] = [[batch, tokens!], [batch * placesOf(tokens!)]];
      return {
        ids0: { shape: rows, dtype: 'int32' },
        mask0: { shape: rows, dtype: 'float32' },
        targetPlaces: { shape: places, dtype: 'int32' },
        targetIds: { shape: places, dtype: 'int32' },
        targetShares: { shape: places, dtype: 'float32' },
      };
    },
    values(rows, draws, { batch, tokens: [tokens] }) {
      const masked = rows.map((row, index) => maskRow(row, masking, draws[index]!));
      const filled = fillBatch(masked, batch);
      const { ids, mask } = padRows(
        filled.map((row) => row.ids),
        tokens!,
        network,
      );
      return { ids0: ids, mask0: mask, ...targetsOf(filled, tokens!) };
    },
    losses(parameters, inputs, { batch }, dropout) {
      const ids = inputs['ids0'] as tf.Tensor2D;
      const rows = { words: network.lookUpWords(parameters, ids), mask: inputs['mask0'] as tf.Tensor2D, ids };
      const hidden = network.encode(parameters, rows, { dropout, read: 'all' });
      const chosen = lookUpRows(hidden, inputs['targetPlaces'] as tf.Tensor1D);
      const [matrix, vector] = [(key: string) => parameters[key] as tf.Tensor2D, (key: string) => parameters[key] as tf.Tensor1D];
      const dense = gelu(linear(chosen, matrix('lm.dense.weight'), vector('lm.dense.bias')));
      const states = layerNorm(dense, vector('lm.norm.scale'), vector('lm.norm.bias'), EPSILON);
      const losses = wordLosses(states, matrix('words'), vector('lm.bias'), inputs['targetIds'] as tf.Tensor1D);
      return tf.sum(tf.reshape(tf.mul(losses, inputs['targetShares']!), [batch, -1]), 1);
    },
  };
}

/** Places as rows of [B·S, H], what stood there, and the share of each in its row's mean. */
function targetsOf(rows: readonly ReturnType<typeof maskRow>[], tokens: number): Record<`target${string}`, HostValue> {
  const perRow = placesOf(tokens);
  const size = rows.length * perRow;
  const [places, ids, shares] = [new Int32Array(size), new Int32Array(size), new Float32Array(size)];
  for (const [index, row] of rows.entries()) {
    places.fill(index * tokens, index * perRow, (index + 1) * perRow);
    for (const [i, place] of row.places.entries()) {
      places[index * perRow + i] = index * tokens + place;
      ids[index * perRow + i] = row.targets[i]!;
      shares[index * perRow + i] = 1 / row.places.length;
    }
  }
  return {
    targetPlaces: { shape: [size], dtype: 'int32', data: places },
    targetIds: { shape: [size], dtype: 'int32', data: ids },
    targetShares: { shape: [size], dtype: 'float32', data: shares },
  };
}

function maskOf({ name, special: { mask } }: Tokenizer): number {
  if (mask === null) throw new UserError(`tokenizer ${name}`, 'has no <mask>', 'one with <mask>, which masked tokens are replaced by');
  return mask;
}

export const maskedTokens: Objective = {
  name: 'masked-tokens',
  architecture: 'roberta',
  readsQueries: true,
  vocabularySize: ({ vocabularySize }) => vocabularySize,
  extraIds: (tokenizer) => [maskOf(tokenizer)],
  open,
  // Below a language model's head the library calls the encoder “roberta”; the output's table is the word table and not stored twice.
  storedName: (name) => name.replace(/^encoder\./, 'roberta.'),
};
