/** A T5's shape, and Hugging Face's config.json with one. */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { Measures, Size } from '../architecture.ts';
import type { Buckets } from './t5-positions.ts';

/** `layers` of the encoder, and as many of the decoder. */
export interface T5Shape extends Size {
  /** Width of a head; heads·headWidth may differ from the width. */
  readonly headWidth: number;
  readonly vocabulary: number;
  readonly positions: Buckets;
  readonly epsilon: number;
}

const schema = z.object({
  model_type: z.literal('t5'),
  num_layers: z.int().positive(),
  num_decoder_layers: z.int().positive().nullish(),
  d_model: z.int().positive(),
  d_kv: z.int().positive(),
  d_ff: z.int().positive(),
  num_heads: z.int().positive(),
  vocab_size: z.int().positive(),
  relative_attention_num_buckets: z.int().positive().multipleOf(4),
  relative_attention_max_distance: z.int().positive().default(128),
  layer_norm_epsilon: z.number().positive(),
  feed_forward_proj: z.literal('relu'),
});

export const t5ShapeFor = ({ size, vocabulary }: Omit<Measures, 'network'>): T5Shape => ({
  ...{ ...size, vocabulary, headWidth: size.width / size.heads, positions: { buckets: 32, maxDistance: 128 }, epsilon: 1e-6 },
});

/** The way back: what Hugging Face reads. */
export function t5ConfigOf(shape: T5Shape, special: Readonly<Record<'cls' | 'pad' | 'sep', number>>) {
  return {
    architectures: ['T5ForConditionalGeneration'],
    model_type: 't5',
    is_encoder_decoder: true,
    num_layers: shape.layers,
    num_decoder_layers: shape.layers,
    d_model: shape.width,
    d_kv: shape.headWidth,
    d_ff: shape.feedForward,
    num_heads: shape.heads,
    vocab_size: shape.vocabulary,
    relative_attention_num_buckets: shape.positions.buckets,
    relative_attention_max_distance: shape.positions.maxDistance,
    layer_norm_epsilon: shape.epsilon,
    feed_forward_proj: 'relu',
    tie_word_embeddings: true,
    decoder_start_token_id: special.pad,
    bos_token_id: special.cls,
    pad_token_id: special.pad,
    eos_token_id: special.sep,
  } as const;
}

/** @param place the file, for messages */
export function t5ShapeOf(config: unknown, place: string): T5Shape {
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw new UserError(place, z.prettifyError(parsed.error), 'a T5 with ReLU');
  const found = parsed.data;
  const decoderLayers = found.num_decoder_layers ?? found.num_layers;
  if (decoderLayers !== found.num_layers) {
    throw new UserError(place, `${found.num_layers} layers and ${decoderLayers} in the decoder`, 'as many in the decoder');
  }
  return {
    layers: found.num_layers,
    width: found.d_model,
    heads: found.num_heads,
    feedForward: found.d_ff,
    headWidth: found.d_kv,
    vocabulary: found.vocab_size,
    positions: { buckets: found.relative_attention_num_buckets, maxDistance: found.relative_attention_max_distance },
    epsilon: found.layer_norm_epsilon,
  };
}
