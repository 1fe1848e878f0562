/** A RoBERTa's shape out of Hugging Face's config.json. */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { RobertaShape } from './roberta.ts';

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

/** @param expected what the experiment asks for: a folder of another size, or too short for its rows, is refused */
export function robertaShapeOf(
  config: unknown,
  { folder, size, expected }: { readonly folder: string; readonly size: string; readonly expected: RobertaShape },
): RobertaShape {
  const parsed = schema.safeParse(config);
  if (!parsed.success) throw new UserError(`${folder}/config.json`, z.prettifyError(parsed.error), 'a RoBERTa with erf GELU');
  const found = parsed.data;
  const shape = {
    layers: found.num_hidden_layers,
    width: found.hidden_size,
    heads: found.num_attention_heads,
    feedForward: found.intermediate_size,
    vocabulary: found.vocab_size,
    positions: found.max_position_embeddings,
    types: found.type_vocab_size,
    epsilon: found.layer_norm_eps,
  };
  const names = ['layers', 'width', 'heads', 'feedForward', 'vocabulary'] as const;
  const different = names.filter((name) => shape[name] !== expected[name]);
  if (different.length > 0) {
    const list = (source: RobertaShape): string => different.map((name) => `${name} ${source[name]}`).join(', ');
    throw new UserError(`${folder}/config.json`, `it has ${list(shape)}`, `${list(expected)} (size “${size}” and the tokenizer asked for)`);
  }
  if (shape.positions < expected.positions) {
    throw new UserError(`${folder}/config.json`, `positions for ${shape.positions - 2} tokens`, `maxTokens ≤ ${shape.positions - 2}`);
  }
  return shape;
}
