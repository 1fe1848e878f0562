/** A GPT-BigCode's shape, and Hugging Face's config.json with one. */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { Size } from '../architecture.ts';

export interface GptBigCodeShape extends Size {
  readonly vocabulary: number;
  /** Longest row in sub-tokens. */
  readonly positions: number;
  readonly epsilon: number;
}

const schema = z.object({
  model_type: z.literal('gpt_bigcode'),
  n_layer: z.int().positive(),
  n_embd: z.int().positive(),
  n_head: z.int().positive(),
  n_inner: z.int().positive().nullish(),
  n_positions: z.int().positive(),
  vocab_size: z.int().positive(),
  layer_norm_epsilon: z.number().positive(),
  activation_function: z.literal('gelu_pytorch_tanh'),
  multi_query: z.literal(true),
  scale_attn_weights: z.literal(true).default(true),
});

/** @param place the file, for messages */
export function gptBigCodeShapeOf(config: unknown, place: string): GptBigCodeShape {
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw new UserError(place, z.prettifyError(parsed.error), 'a GPT-BigCode with multi-query attention and tanh GELU');
  const found = parsed.data;
  return {
    layers: found.n_layer,
    width: found.n_embd,
    heads: found.n_head,
    // As Hugging Face fills it in.
    feedForward: found.n_inner ?? 4 * found.n_embd,
    vocabulary: found.vocab_size,
    positions: found.n_positions,
    epsilon: found.layer_norm_epsilon,
  };
}
