/**
 * RoBERTa, the encoder of CodeBERT and UniXcoder (victims-and-data.md 4.1): post-norm layers, learned positions, erf GELU.
 *
 * Shapes: B batch, S tokens, H width, A heads, D = H/A, F feed-forward width. Token rows are kept as [B·S, H], so that every
 * linear layer is one rank-2 product.
 */
import * as tf from '@tensorflow/tfjs';
import { attention, feedForward, gelu, layerNorm, linear, noDropout, type Dropout, type Heads } from '../../engine/index.ts';
import type { Architecture, Measures } from '../architecture.ts';
import { usualSizes } from '../usual-sizes.ts';
import {
  biasOf,
  chooseTokens,
  joinHeads,
  layerDropoutSites,
  lookUpWords,
  parameterGetter,
  splitHeads,
  watched,
  type Watch,
} from '../layers.ts';
import { attentionFlops, feedFlops, stackFlops } from '../flops.ts';
import type { EncoderInputs, Network, Read, Words } from '../network.ts';
import type { Initial, Parameter, ParameterTensors } from '../parameters.ts';
import { FIRST_POSITION, robertaConfigOf, robertaShapeFor, robertaShapeOf, type RobertaShape } from './roberta-config.ts';

const zeros: Initial = { kind: 'constant', value: 0 };
const ones: Initial = { kind: 'constant', value: 1 };

/** In the order of the flat vector. Query, key and value lie side by side: all layers but the last use them as one product. */
export function robertaParameters(shape: RobertaShape, padId: number): Parameter[] {
  const { width, feedForward } = shape;
  // Hugging Face's 0.02 belongs to 768 features. Scaled, a narrow model's layers pass on signals of the same size; unscaled, its
  // attention starts so close to nothing that training from scratch stands still for many epochs.
  const normal = { kind: 'normal', deviation: 0.02 * Math.sqrt(768 / width) } as const satisfies Initial;
  const norm = (key: string, name: string): Parameter[] => [
    { key: `${key}.scale`, tensors: [`${name}.weight`], shape: [width], initial: ones },
    { key: `${key}.bias`, tensors: [`${name}.bias`], shape: [width], initial: zeros },
  ];
  const dense = (key: string, names: readonly string[], inputs: number, outputs: number): Parameter[] => [
    { key: `${key}.weight`, tensors: names.map((name) => `${name}.weight`), shape: [outputs * names.length, inputs], initial: normal },
    { key: `${key}.bias`, tensors: names.map((name) => `${name}.bias`), shape: [outputs * names.length], initial: zeros },
  ];
  const table = (key: string, name: string, rows: number, zeroRow?: number): Parameter => ({
    key,
    tensors: [`encoder.embeddings.${name}.weight`],
    shape: [rows, width],
    initial: zeroRow === undefined ? normal : { ...normal, zeroRow },
  });
  return [
    table('words', 'word_embeddings', shape.vocabulary, padId),
    table('positions', 'position_embeddings', shape.positions, padId),
    table('types', 'token_type_embeddings', shape.types),
    ...norm('embeddingNorm', 'encoder.embeddings.LayerNorm'),
    ...Array.from({ length: shape.layers }, (_, index) => {
      const name = `encoder.encoder.layer.${index}`;
      const self = ['query', 'key', 'value'].map((part) => `${name}.attention.self.${part}`);
      return [
        ...dense(`${index}.qkv`, self, width, width),
        ...dense(`${index}.attention`, [`${name}.attention.output.dense`], width, width),
        ...norm(`${index}.attentionNorm`, `${name}.attention.output.LayerNorm`),
        ...dense(`${index}.up`, [`${name}.intermediate.dense`], width, feedForward),
        ...dense(`${index}.down`, [`${name}.output.dense`], feedForward, width),
        ...norm(`${index}.outputNorm`, `${name}.output.LayerNorm`),
      ];
    }).flat(),
  ];
}

/**
 * The last hidden state.
 * @param read `all`: [B·S, H]. `mean`: [B, H], over the row's real tokens, special ones included. `first`: [B, H], position 0
 *   alone; the last layer then computes queries, feed-forward and norms for that position only, with the same numbers.
 */
function encode(
  shape: RobertaShape,
  parameters: ParameterTensors,
  { words, mask }: EncoderInputs,
  { dropout, read }: { readonly dropout: Dropout; readonly read: Read },
  watch?: Watch,
): tf.Tensor2D {
  const [batch, tokens] = mask.shape;
  const { matrix, vector } = parameterGetter(parameters);
  const norm = (key: string, x: tf.Tensor2D): tf.Tensor2D => layerNorm(x, vector(`${key}.scale`), vector(`${key}.bias`), shape.epsilon);
  const dense = (key: string, x: tf.Tensor2D): tf.Tensor2D => linear(x, matrix(`${key}.weight`), vector(`${key}.bias`));

  const positions = tf.slice(matrix('positions'), [FIRST_POSITION, 0], [tokens, shape.width]);
  const type = tf.slice(matrix('types'), [0, 0], [1, shape.width]);
  const placed = tf.add(tf.reshape(words, [batch, tokens, shape.width]), tf.reshape(tf.add(positions, type), [1, tokens, shape.width]));
  let x = dropout(norm('embeddingNorm', tf.reshape(placed, [batch * tokens, shape.width])));
  const bias = biasOf(tf.reshape(mask, [batch, 1, 1, tokens]));

  for (let index = 0; index < shape.layers; index++) {
    const firstOnly = read === 'first' && index === shape.layers - 1;
    const residual = firstOnly ? firstRows(x, batch, tokens) : x;
    const heads = firstOnly
      ? splitFirst(shape, matrix(`${index}.qkv.weight`), vector(`${index}.qkv.bias`), residual, x, batch)
      : headsOf(splitHeads(dense(`${index}.qkv`, x), batch, shape.heads, 3));
    const gathered = joinHeads(attention(heads, bias, dropout));
    x = norm(`${index}.attentionNorm`, tf.add(residual, dropout(dense(`${index}.attention`, gathered))));
    const wide = {
      up: matrix(`${index}.up.weight`),
      upBias: vector(`${index}.up.bias`),
      down: matrix(`${index}.down.weight`),
      downBias: vector(`${index}.down.bias`),
    };
    if (index === shape.layers - 1) watch?.(gelu(linear(x, wide.up, wide.upBias)));
    x = norm(`${index}.outputNorm`, tf.add(x, dropout(feedForward(x, wide))));
  }
  if (read === 'mean') return chooseTokens(x, tf.div(mask, tf.sum(mask, 1, true)));
  return read === 'first' && shape.layers === 0 ? firstRows(x, batch, tokens) : x;
}

const headsOf = ([q, k, v]: readonly tf.Tensor[]): Heads => ({ q: q!, k: k!, v: v! });

/** Queries, keys and values for the query of position 0 alone: `first` [B, H], `all` [B·S, H]. */
function splitFirst(
  { heads, width }: RobertaShape,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  first: tf.Tensor2D,
  all: tf.Tensor2D,
  batch: number,
): Heads {
  const size = width / heads;
  const [queryWeight, otherWeight] = tf.split(weight, [width, 2 * width]) as [tf.Tensor2D, tf.Tensor2D];
  const [queryBias, otherBias] = tf.split(bias, [width, 2 * width]) as [tf.Tensor1D, tf.Tensor1D];
  const query = linear(first, queryWeight, queryBias);
  const [k, v] = splitHeads(linear(all, otherWeight, otherBias), batch, heads, 2) as [tf.Tensor, tf.Tensor];
  return { q: tf.reshape(query, [1, batch, heads, 1, size]), k, v };
}

/** Position 0 of every row of [B·S, H]. */
function firstRows(x: tf.Tensor2D, batch: number, tokens: number): tf.Tensor2D {
  const width = x.shape[1];
  return tf.reshape(tf.slice(tf.reshape(x, [batch, tokens, width]), [0, 0, 0], [batch, 1, width]), [batch, width]);
}

/**
 * Kept for the backward pass by each layer: attention weights before and after dropout [A, S, S]; three tensors [S, F]; eleven [S, H]
 * (query, key, value, context twice, and of each of the two sub-layers the mask, the sum and the norm). Where position 0 alone is
 * read, the last layer computes no other and keeps little more than keys and values. Besides, four [S, H] of the embeddings, and
 * the backward pass's four largest tensors.
 */
function rowFloats({ layers, width, heads, feedForward }: RobertaShape, tokens: number, read: Read): number {
  const [weights, hidden, inner] = [heads * tokens * tokens, tokens * width, tokens * feedForward];
  const layer = 2 * weights + 11 * hidden + 3 * inner;
  const whole = read === 'first' ? Math.max(0, layers - 1) : layers;
  return whole * layer + 8 * hidden + 4 * Math.max(weights, inner);
}

function rowFlops(shape: RobertaShape, tokens: number, read: Read): number {
  const layer = (queries: number): number => attentionFlops(shape, queries, tokens) + feedFlops(shape, queries);
  return stackFlops(shape.layers, tokens, read === 'first' ? Math.min(1, tokens) : tokens, layer);
}

export function robertaNetwork(shape: RobertaShape, special: Pick<Words, 'pad' | 'sep'>): Network {
  return {
    width: shape.width,
    words: { pad: special.pad, sep: special.sep, vocabulary: shape.vocabulary },
    rowEnd: null,
    readsIds: false,
    parameters: robertaParameters(shape, special.pad),
    inner: {
      count: shape.feedForward,
      readBy: `${shape.layers - 1}.down.weight`,
      activations: (parameters, inputs) =>
        watched((watch) => encode(shape, parameters, inputs, { dropout: noDropout, read: 'all' }, watch)),
    },
    adapted: Array.from({ length: shape.layers }, (_, index) => `${index}.qkv.weight`),
    lookUpWords,
    encode: (parameters, inputs, options) => encode(shape, parameters, inputs, options),
    dropoutSites: (tokens, read) => layerDropoutSites(shape, tokens, read === 'first' ? 1 : tokens),
    rowFloats: (tokens, read) => rowFloats(shape, tokens, read),
    rowFlops: (tokens, read) => rowFlops(shape, tokens, read),
    renumbered: ({ vocabulary, ...other }) => robertaNetwork({ ...shape, vocabulary }, other),
  };
}

function measuresOf(shape: RobertaShape): Measures {
  const { layers, width, heads, feedForward, vocabulary, positions } = shape;
  return {
    size: { layers, width, heads, feedForward },
    vocabulary,
    maxTokens: positions - FIRST_POSITION,
    network: (special) => robertaNetwork(shape, special),
  };
}

export const roberta: Architecture = {
  name: 'roberta',
  title: 'RoBERTa encoder (CodeBERT’s and UniXcoder’s architecture)',
  sizes: usualSizes,
  ofSize: (wanted) => measuresOf(robertaShapeFor(wanted)),
  ofConfig: (config, place) => measuresOf(robertaShapeOf(config, place)),
  configFor: (wanted, special) => robertaConfigOf(robertaShapeFor(wanted), special),
  spareWords: 0,
  adapt: (task) => task,
  checkpoint: {
    prefixes: ['encoder.', 'roberta.', ''],
    ignore: ['pooler.', 'lm_head.', 'classifier.', 'embeddings.position_ids'],
  },
};
