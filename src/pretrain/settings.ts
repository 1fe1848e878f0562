/** What a pretraining says: literals of `experiments/pretraining/`, checked before anything is read. */
import { z } from 'zod';
import type { Json } from '../core/hash.ts';

const corpus = z.looseObject({ name: z.string().describe('a name of the catalogue of corpora') });

export const pretrainingSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*-standin(-[a-z0-9]+)*$/, 'holds “-standin”: nobody may take it for the published model')
    .describe('of the file, of the folder of weights, and in reports'),
  architecture: z.enum(['roberta', 't5', 'gpt-bigcode']),
  size: z.enum(['tiny', 'mini', 'small']),
  tokenizer: z
    .string()
    .regex(/^(gpt2|file:.+)$/)
    .default('gpt2'),
  maxTokens: z.int().min(16).max(1024).describe('length of a row in sub-tokens, special ones included; longer functions are cut'),
  start: z
    .string()
    .regex(/^pretrained:.+$/)
    .optional()
    .describe('a stand-in to go on from, of the same architecture, size, tokenizer, corpora and seed; left out: drawn values'),
  objective: z.enum(['masked-tokens', 'span-corruption', 'next-token', 'contrastive']),
  corpora: z.array(corpus).min(1).describe('their train splits are read; their other splits are held out'),
  epochs: z.int().min(1).max(10_000),
  batchSize: z.int().min(1).max(4096),
  learningRate: z.number().gt(0).max(1).describe('peak'),
  relativeSteps: z.boolean().default(false).describe('each parameter’s step is multiplied by its root mean square, as T5 was trained'),
  warmup: z.number().min(0).max(1).default(0.06).describe('share of all steps'),
  dropout: z.number().min(0).lt(1).default(0.1),
  seed: z.int().min(0).max(0xffffffff).default(1),
});

type Checked = z.output<typeof pretrainingSchema>;

export interface PretrainingSettings extends Omit<Checked, 'corpora'> {
  readonly corpora: readonly ({ readonly name: string } & Readonly<Record<string, Json>>)[];
}

/** Of the gradient, as in fine-tuning (victims-and-data.md 4.5). */
export const CLIP_NORM = 1;

/** Share of the rows that the loss after each epoch is measured on, and that are not trained on. */
export const VALIDATION_SHARE = 0.02;
