/** A RoBERTa's shape, and Hugging Face's config.json with one. */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { Measures, Size } from '../architecture.ts';

export interface RobertaShape extends Size {
  readonly vocabulary: number;
  /** Rows of the position table: longest input + 2. */
  readonly positions: number;
  readonly types: number;
  readonly epsilon: number;
}

const schema = z.object({
  model_type: z.literal('roberta'),
  num_hidden_layers: z.int().positive(),
  hidden_size: z.int().positive(),
  num_attention_heads: z.int().positive(),
  intermediate_size: z.int().positive(),
  vocab_size: z.int().positive(),
  max_position_embeddings: z.int().positive(),
  type_vocab_size: z.int().positive(),
  layer_norm_eps: z.number().positive(),
  hidden_act: z.literal('gelu'),
});

/** Positions are numbered from padding index + 1. */
export const FIRST_POSITION = 2;

export const robertaShapeFor = ({ size, vocabulary, maxTokens }: Omit<Measures, 'network'>): RobertaShape => ({
  ...{ ...size, vocabulary, positions: maxTokens + FIRST_POSITION, types: 1, epsilon: 1e-5 },
});

/** The way back: what Hugging Face reads. */
export function robertaConfigOf(shape: RobertaShape, special: Readonly<Record<'cls' | 'pad' | 'sep', number>>) {
  return {
    architectures: ['RobertaForMaskedLM'],
    model_type: 'roberta',
    num_hidden_layers: shape.layers,
    hidden_size: shape.width,
    num_attention_heads: shape.heads,
    intermediate_size: shape.feedForward,
    vocab_size: shape.vocabulary,
    max_position_embeddings: shape.positions,
    type_vocab_size: shape.types,
    layer_norm_eps: shape.epsilon,
    hidden_act: 'gelu',
    bos_token_id: special.cls,
    pad_token_id: special.pad,
    eos_token_id: special.sep,
  } as const;
}

/** @param place the file, for messages */
export function robertaShapeOf(config: unknown, place: string): RobertaShape {
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw new UserError(place, z.prettifyError(parsed.error), 'a RoBERTa with erf GELU');
  const found = parsed.data;
  return {
    layers: found.num_hidden_layers,
    width: found.hidden_size,
    heads: found.num_attention_heads,
    feedForward: found.intermediate_size,
    vocabulary: found.vocab_size,
    positions: found.max_position_embeddings,
    types: found.type_vocab_size,
    epsilon: found.layer_norm_eps,
  };
}
