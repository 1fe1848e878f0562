/**
 * T5, the encoder-decoder of CodeT5 (victims-and-data.md 4.2): RMS norm before each sub-layer, no biases, relative positions, no factor
 * of q·k. A row's vector is the decoder's state, after its final norm, at the row's last separator; the decoder reads the row's ids
 * shifted right by one, from the pad id on.
 *
 * Shapes: B batch, S tokens, H width, A heads, D width of a head, F feed-forward width. Token rows are kept as [B·S, H].
 */
import * as tf from '@tensorflow/tfjs';
import { attention, noDropout, project, relu, rmsNorm, type AttentionOptions, type Dropout } from '../../engine/index.ts';
import type { Architecture, Measures } from '../architecture.ts';
import { usualSizes } from '../usual-sizes.ts';
import {
  biasOf,
  causal,
  chooseTokens,
  joinHeads,
  lastTokens,
  lookUpWords,
  parameterGetter,
  splitHeads,
  watched,
  type Watch,
} from '../layers.ts';
import type { EncoderInputs, Network, Read, Words } from '../network.ts';
import type { ParameterTensors } from '../parameters.ts';
import { withoutTexts } from '../task.ts';
import { t5ConfigOf, t5ShapeFor, t5ShapeOf, type T5Shape } from './t5-config.ts';
import { dropoutSites, pairDropoutSites, pairRowFloats, rowFloats, rowFlops } from './t5-costs.ts';
import { t5Parameters } from './t5-parameters.ts';
import { positionBias } from './t5-positions.ts';

/** What one pass reads besides its rows. */
interface Pass {
  readonly shape: T5Shape;
  readonly parameters: ParameterTensors;
  readonly dropout: Dropout;
}

/** Where attention looks: keys and values are made of `keys` [B·S, H], normalised. */
interface Looking {
  readonly keys: tf.Tensor2D;
  readonly bias: tf.Tensor;
  readonly position?: tf.Tensor;
}

function sublayers({ shape, parameters, dropout }: Pass, batch: number) {
  const { matrix, vector } = parameterGetter(parameters);
  const norm = (key: string, x: tf.Tensor2D): tf.Tensor2D => rmsNorm(x, vector(key), shape.epsilon);
  return {
    norm,
    /** What an attention adds to its queries' rows. @param queries normalised */
    attend: (key: string, queries: tf.Tensor2D, { keys, bias, position }: Looking): tf.Tensor2D => {
      const [q] = splitHeads(project(queries, matrix(`${key}.q`)), batch, shape.heads, 1) as [tf.Tensor];
      const [k, v] = splitHeads(project(keys, matrix(`${key}.kv`)), batch, shape.heads, 2) as [tf.Tensor, tf.Tensor];
      const options: AttentionOptions = { scale: 1, ...(position === undefined ? {} : { position }) };
      return dropout(project(joinHeads(attention({ q, k, v }, bias, dropout, options)), matrix(`${key}.o`)));
    },
    feed: (key: string, x: tf.Tensor2D, watch?: Watch): tf.Tensor2D => {
      const inner = dropout(relu(project(norm(`${key}.feedNorm`, x), matrix(`${key}.up`))));
      watch?.(inner);
      return tf.add(x, dropout(project(inner, matrix(`${key}.down`))));
    },
  };
}

/** The encoder's states after its final norm, [B·S, H]. */
export function t5Encoder(pass: Pass, { words, mask }: Pick<EncoderInputs, 'words' | 'mask'>): tf.Tensor2D {
  const { shape, parameters, dropout } = pass;
  const [batch, tokens] = mask.shape;
  const { norm, attend, feed } = sublayers(pass, batch);
  const position = positionBias(parameterGetter(parameters).matrix('encoder.bias'), tokens, shape.positions, 'both');
  const bias = biasOf(tf.reshape(mask, [batch, 1, 1, tokens]));
  let x = dropout(words);
  for (let index = 0; index < shape.layers; index++) {
    const keys = norm(`encoder.${index}.selfNorm`, x);
    x = tf.add(x, attend(`encoder.${index}.self`, keys, { keys, bias, position }));
    x = feed(`encoder.${index}`, x);
  }
  return dropout(norm('encoder.norm', x));
}

/** What a decoder reads: its own words, and the encoder's states with their mask. */
export interface DecoderInputs extends Pick<EncoderInputs, 'words' | 'mask'> {
  readonly encoded: tf.Tensor2D;
  readonly encodedMask: tf.Tensor2D;
}

/**
 * The decoder's states after its final norm: `all` [B·S, H], else [B, H] at each row's last real token alone; the last layer then computes
 * that one and no other, with the same numbers.
 */
export function t5Decoder(pass: Pass, { words, mask, encoded, encodedMask }: DecoderInputs, read: Read, watch?: Watch): tf.Tensor2D {
  const { shape, parameters, dropout } = pass;
  const [batch, tokens] = mask.shape;
  const { norm, attend, feed } = sublayers(pass, batch);
  const table = parameterGetter(parameters).matrix('decoder.bias');
  const everywhere = positionBias(table, tokens, shape.positions, 'back');
  const keyMask = tf.reshape(mask, [batch, 1, tokens]);
  const before = biasOf(tf.reshape(tf.mul(causal(tokens), keyMask), [batch, 1, tokens, tokens]));
  const ofEncoder = biasOf(tf.reshape(encodedMask, [batch, 1, 1, encodedMask.shape[1]]));
  const last = lastTokens(mask);
  let x = dropout(words);
  for (let index = 0; index < shape.layers; index++) {
    const key = `decoder.${index}`;
    const isLastAlone = read !== 'all' && index === shape.layers - 1;
    const keys = norm(`${key}.selfNorm`, x);
    const queries = isLastAlone ? chooseTokens(keys, last) : keys;
    // From its last token a row sees all of its tokens.
    const looking = isLastAlone
      ? { keys, bias: biasOf(tf.reshape(mask, [batch, 1, 1, tokens])), position: choosePositions(everywhere, last) }
      : { keys, bias: before, position: everywhere };
    x = tf.add(isLastAlone ? chooseTokens(x, last) : x, attend(`${key}.self`, queries, looking));
    x = tf.add(x, attend(`${key}.cross`, norm(`${key}.crossNorm`, x), { keys: encoded, bias: ofEncoder }));
    x = feed(key, x, index === shape.layers - 1 ? watch : undefined);
  }
  return dropout(norm('decoder.norm', x));
}

/** Of biases [1, 1, A, S, S] those of one query a row, where `choice` [B, S] is 1 -> [1, B, A, 1, S]. */
function choosePositions(biases: tf.Tensor, choice: tf.Tensor2D): tf.Tensor {
  const [, , heads, tokens] = biases.shape as [number, number, number, number, number];
  const byQuery = tf.reshape<tf.Rank.R2>(tf.transpose(biases, [0, 1, 3, 2, 4]), [tokens, heads * tokens]);
  return tf.reshape(tf.matMul(choice, byQuery), [1, choice.shape[0], heads, 1, tokens]);
}

function encode(
  shape: T5Shape,
  start: number,
  parameters: ParameterTensors,
  inputs: EncoderInputs,
  options: Options,
  watch?: Watch,
): tf.Tensor2D {
  const pass = { shape, parameters, dropout: options.dropout };
  const encoded = t5Encoder(pass, inputs);
  const words = shiftedWords(parameters, inputs, start);
  return t5Decoder(pass, { words, mask: inputs.mask, encoded, encodedMask: inputs.mask }, options.read, watch);
}

type Options = Parameters<Network['encode']>[2];

/** The row shifted right by one, from the start id on, as embeddings [B·S, H]: its ids, or, where they are `null`, its words. */
function shiftedWords(parameters: ParameterTensors, { words, mask, ids }: EncoderInputs, start: number): tf.Tensor2D {
  const [batch, tokens] = mask.shape;
  const first = tf.fill<tf.Rank.R2>([batch, 1], start, 'int32');
  if (ids !== null) return lookUpWords(parameters, tf.concat([first, tf.slice(ids, [0, 0], [batch, tokens - 1])], 1));
  const width = words.shape[1];
  const rest = tf.slice(tf.reshape(words, [batch, tokens, width]), [0, 0, 0], [batch, tokens - 1, width]);
  return tf.reshape(tf.concat([tf.reshape(lookUpWords(parameters, first), [batch, 1, width]), rest], 1), [batch * tokens, width]);
}

export function t5Network(shape: T5Shape, special: Pick<Words, 'pad' | 'sep'>): Network {
  const parameters = t5Parameters(shape);
  return {
    width: shape.width,
    words: { pad: special.pad, sep: special.sep, vocabulary: shape.vocabulary },
    rowEnd: special.sep,
    readsIds: true,
    parameters,
    inner: {
      count: shape.feedForward,
      readBy: `decoder.${shape.layers - 1}.down`,
      activations: (tensors, inputs) =>
        watched((watch) => encode(shape, special.pad, tensors, inputs, { dropout: noDropout, read: 'all' }, watch)),
    },
    adapted: parameters.map(({ key }) => key).filter((key) => /\.(q|kv)$/.test(key)),
    lookUpWords,
    // CodeT5's start id is its pad id, 0.
    encode: (tensors, inputs, options) => encode(shape, special.pad, tensors, inputs, options),
    dropoutSites: (tokens, read) => dropoutSites(shape, tokens, read),
    rowFloats: (tokens, read) => rowFloats(shape, tokens, read),
    rowFlops: (tokens, read) => rowFlops(shape, tokens, read),
    pair: {
      decode(tensors, source, { words, mask }, dropout) {
        const pass = { shape, parameters: tensors, dropout };
        return t5Decoder(pass, { words, mask, encoded: t5Encoder(pass, source), encodedMask: source.mask }, 'all');
      },
      dropoutSites: (source, target) => pairDropoutSites(shape, source, target),
      rowFloats: (source, target) => pairRowFloats(shape, source, target),
    },
    renumbered: ({ vocabulary, ...other }) => t5Network({ ...shape, vocabulary }, other),
  };
}

function measuresOf(shape: T5Shape): Measures {
  const { layers, width, heads, feedForward, vocabulary } = shape;
  return {
    size: { layers, width, heads, feedForward },
    vocabulary,
    maxTokens: Number.POSITIVE_INFINITY,
    network: (special) => t5Network(shape, special),
  };
}

export const t5: Architecture = {
  name: 't5',
  title: 'T5 encoder-decoder (CodeT5’s architecture)',
  sizes: usualSizes,
  ofSize: (wanted) => measuresOf(t5ShapeFor(wanted)),
  configFor: (wanted, special) => t5ConfigOf(t5ShapeFor(wanted), special),
  ofConfig: (config, place) => measuresOf(t5ShapeOf(config, place)),
  // CodeT5's 100 <extra_id>, which its vocabulary file lacks; T5's own table is rounded up to a multiple of 128.
  spareWords: 128,
  // victims-and-data.md 3.
  adapt: (task) => (task.name === 'search' ? withoutTexts(task, ['\n', '</s>']) : task),
  checkpoint: {
    prefixes: [],
    ignore: [
      'lm_head.',
      'encoder.embed_tokens.',
      'decoder.embed_tokens.',
      // Old T5 checkpoints have one that is never read.
      'decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.',
    ],
  },
};
