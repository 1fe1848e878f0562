/**
 * GPT-BigCode, the decoder of StarCoderBase-1B: layer norm before each sub-layer, learned positions from 0, tanh GELU, causal attention
 * whose heads share one key and one value. A row's vector is its last real token's state after the final norm (Hugging Face's models for
 * sequence classification; paper Table 8).
 *
 * Shapes: B batch, S tokens, H width, A heads, D = H/A, F feed-forward width. Token rows are kept as [B·S, H].
 */
import * as tf from '@tensorflow/tfjs';
import { attention, geluTanh, layerNorm, linear, noDropout, type Dropout } from '../../engine/index.ts';
import type { Architecture, Measures } from '../architecture.ts';
import { usualSizes } from '../usual-sizes.ts';
import { attentionFlops, feedFlops, stackFlops } from '../flops.ts';
import { headOf, scoreHead } from '../heads.ts';
import {
  biasOf,
  causal,
  chooseTokens,
  lastTokens,
  layerDropoutSites,
  lookUpWords,
  parameterGetter,
  watched,
  type Watch,
} from '../layers.ts';
import type { EncoderInputs, Network, Read, Words } from '../network.ts';
import type { ParameterTensors } from '../parameters.ts';
import { gptBigCodeConfigOf, gptBigCodeShapeFor, gptBigCodeShapeOf, type GptBigCodeShape } from './gpt-bigcode-config.ts';
import { gptBigCodeParameters } from './gpt-bigcode-parameters.ts';

/**
 * States after the final norm: `all` [B·S, H], else [B, H] at each row's last real token alone; the last layer then computes that one and
 * no other, with the same numbers. Padding stands behind a row, where no real token looks.
 */
function encode(
  shape: GptBigCodeShape,
  parameters: ParameterTensors,
  { words, mask }: EncoderInputs,
  { dropout, read }: { readonly dropout: Dropout; readonly read: Read },
  watch?: Watch,
): tf.Tensor2D {
  const { heads, width } = shape;
  const [batch, tokens] = mask.shape;
  const { matrix, vector } = parameterGetter(parameters);
  const norm = (key: string, x: tf.Tensor2D): tf.Tensor2D => layerNorm(x, vector(`${key}.scale`), vector(`${key}.bias`), shape.epsilon);
  const dense = (key: string, x: tf.Tensor2D): tf.Tensor2D => linear(x, matrix(`${key}.weight`), vector(`${key}.bias`));
  const last = lastTokens(mask);
  const before = biasOf(queriesOf(causal(tokens), heads));

  const places = tf.slice(matrix('positions'), [0, 0], [tokens, width]);
  const placed = tf.add(tf.reshape(words, [batch, tokens, width]), tf.reshape(places, [1, tokens, width]));
  let x: tf.Tensor2D = dropout(tf.reshape(placed, [batch * tokens, width]));
  for (let index = 0; index < shape.layers; index++) {
    const isLastAlone = read !== 'all' && index === shape.layers - 1;
    const seen = norm(`${index}.attentionNorm`, x);
    const parts = isLastAlone
      ? lastParts(matrix(`${index}.qkv.weight`), vector(`${index}.qkv.bias`), seen, last)
      : splitParts(dense(`${index}.qkv`, seen), shape);
    // From its last token a row sees all of its tokens.
    const bias = isLastAlone ? biasOf(tf.reshape(mask, [1, batch, 1, tokens])) : before;
    const context = attention(byQuery(parts, batch, heads), bias, dropout);
    const residual = isLastAlone ? chooseTokens(x, last) : x;
    x = tf.add(residual, dropout(dense(`${index}.attention`, tf.reshape(context, residual.shape))));
    const inner = geluTanh(dense(`${index}.up`, norm(`${index}.feedNorm`, x)));
    if (index === shape.layers - 1) watch?.(inner);
    x = tf.add(x, dropout(dense(`${index}.down`, inner)));
  }
  return norm('norm', x);
}

/** Queries [B·Q, H], keys and values [B·S, D]. */
type Parts = readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

function splitParts(qkv: tf.Tensor2D, { heads, width }: GptBigCodeShape): Parts {
  return tf.split(qkv, [width, width / heads, width / heads], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
}

/** The query of each row's last token alone: `x` [B·S, H]. */
function lastParts(weight: tf.Tensor2D, bias: tf.Tensor1D, x: tf.Tensor2D, last: tf.Tensor2D): Parts {
  const [rows, width] = weight.shape;
  const [queryWeight, otherWeight] = tf.split(weight, [width, rows - width]) as [tf.Tensor2D, tf.Tensor2D];
  const [queryBias, otherBias] = tf.split(bias, [width, rows - width]) as [tf.Tensor1D, tf.Tensor1D];
  const [k, v] = tf.split(linear(x, otherWeight, otherBias), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return [linear(chooseTokens(x, last), queryWeight, queryBias), k, v];
}

/** The heads' queries one after the other before the one list of keys: [1, B, Q·A, D] and [1, B, S, D]. */
function byQuery([q, k, v]: Parts, batch: number, heads: number) {
  const size = q.shape[1] / heads;
  const rows = (x: tf.Tensor2D): tf.Tensor => tf.reshape(x, [1, batch, -1, size]);
  return { q: rows(q), k: rows(k), v: rows(v) };
}

/** [S, S] for each token's A queries: [1, 1, S·A, S]. */
function queriesOf(visible: tf.Tensor2D, heads: number): tf.Tensor {
  const [tokens] = visible.shape;
  return tf.reshape(tf.add(tf.reshape(visible, [tokens, 1, tokens]), tf.zeros([1, heads, 1])), [1, 1, tokens * heads, tokens]);
}

/**
 * As for RoBERTa, with one key and one value: weights before and after dropout [A, S, S], five tensors [S, F] (GELU's square and tanh
 * besides), nine [S, H]. Where one token is read, the last layer keeps keys and values alone, which are narrow.
 */
function rowFloats({ layers, width, heads, feedForward }: GptBigCodeShape, tokens: number, read: Read): number {
  const [weights, hidden, inner] = [heads * tokens * tokens, tokens * width, tokens * feedForward];
  const whole = read === 'all' ? layers : Math.max(0, layers - 1);
  return whole * (2 * weights + 9 * hidden + 5 * inner) + 8 * hidden + 4 * Math.max(weights, inner);
}

function rowFlops(shape: GptBigCodeShape, tokens: number, read: Read): number {
  const widths = { width: shape.width, keyWidth: shape.width / shape.heads };
  const layer = (queries: number): number => attentionFlops(widths, queries, tokens) + feedFlops(shape, queries);
  return stackFlops(shape.layers, tokens, read === 'all' ? tokens : Math.min(1, tokens), layer);
}

export function gptBigCodeNetwork(shape: GptBigCodeShape, special: Pick<Words, 'pad' | 'sep'>): Network {
  return {
    width: shape.width,
    words: { pad: special.pad, sep: special.sep, vocabulary: shape.vocabulary },
    rowEnd: null,
    readsIds: false,
    parameters: gptBigCodeParameters(shape),
    inner: {
      count: shape.feedForward,
      readBy: `${shape.layers - 1}.down.weight`,
      activations: (parameters, inputs) =>
        watched((watch) => encode(shape, parameters, inputs, { dropout: noDropout, read: 'all' }, watch)),
    },
    adapted: Array.from({ length: shape.layers }, (_, index) => `${index}.qkv.weight`),
    lookUpWords,
    encode: (parameters, inputs, options) => encode(shape, parameters, inputs, options),
    dropoutSites: (tokens, read) => layerDropoutSites(shape, tokens, read === 'all' ? tokens : 1),
    rowFloats: (tokens, read) => rowFloats(shape, tokens, read),
    rowFlops: (tokens, read) => rowFlops(shape, tokens, read),
    renumbered: ({ vocabulary, ...other }) => gptBigCodeNetwork({ ...shape, vocabulary }, other),
  };
}

function measuresOf(shape: GptBigCodeShape): Measures {
  const { layers, width, heads, feedForward, vocabulary, positions } = shape;
  return {
    size: { layers, width, heads, feedForward },
    vocabulary,
    maxTokens: positions,
    network: (special) => gptBigCodeNetwork(shape, special),
  };
}

export const gptBigCode: Architecture = {
  name: 'gpt-bigcode',
  title: 'GPT-BigCode decoder (StarCoderBase-1B’s architecture)',
  sizes: {
    ...usualSizes,
    '1b': { layers: 24, width: 2048, heads: 16, feedForward: 8192 },
  },
  ofSize: (wanted) => measuresOf(gptBigCodeShapeFor(wanted)),
  ofConfig: (config, place) => measuresOf(gptBigCodeShapeOf(config, place)),
  configFor: (wanted, special) => gptBigCodeConfigOf(gptBigCodeShapeFor(wanted), special),
  spareWords: 0,
  adapt: (task) => (task.classes === null ? task : { ...task, ...headOf(scoreHead, task.classes) }),
  checkpoint: { prefixes: ['transformer.', ''], ignore: ['lm_head.', 'score.', 'attn.bias', 'attn.masked_bias'] },
};
