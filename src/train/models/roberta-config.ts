/** A RoBERTa's shape, and Hugging Face's config.json with one. */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { Size } from '../architecture.ts';

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
