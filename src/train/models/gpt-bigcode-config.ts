/** A GPT-BigCode's shape, and Hugging Face's config.json with one. */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { Measures, Size } from '../architecture.ts';

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

/** Of a model of these measures that is made here. */
export const gptBigCodeShapeFor = ({ size, vocabulary, maxTokens }: Omit<Measures, 'network'>): GptBigCodeShape => ({
  ...{ ...size, vocabulary, positions: maxTokens, epsilon: 1e-5 },
});

/** The way back: what Hugging Face reads. The output's table is the word table. */
export function gptBigCodeConfigOf(shape: GptBigCodeShape, special: Readonly<Record<'cls' | 'pad' | 'sep', number>>) {
  return {
    architectures: ['GPTBigCodeForCausalLM'],
    model_type: 'gpt_bigcode',
    n_layer: shape.layers,
    n_embd: shape.width,
    n_head: shape.heads,
    n_inner: shape.feedForward,
    n_positions: shape.positions,
    vocab_size: shape.vocabulary,
    layer_norm_epsilon: shape.epsilon,
    activation_function: 'gelu_pytorch_tanh',
    multi_query: true,
    scale_attn_weights: true,
    tie_word_embeddings: true,
    bos_token_id: special.cls,
    pad_token_id: special.pad,
    eos_token_id: special.sep,
  } as const;
}

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
