/** The parameters of a model as an experiment states them: the same for every architecture. */
import { z } from 'zod';

/** Neither a path on the reader's machine nor a name on a hub is in a key: what the files hold is. */
const folder = 'file:DIR or hub:OWNER/NAME[@REVISION]';
const source = String.raw`file:.+|hub:[^/]+/[^/].*`;

export const modelParams = z.strictObject({
  size: z
    .enum(['tiny', 'mini', 'small', 'base', '1b'])
    .default('tiny')
    .describe('tiny 2 layers x 64, mini 4 x 256, small 6 x 384, base 12 x 768, 1b 24 x 2048'),
  weights: z
    .string()
    .regex(new RegExp(`^(scratch|${source}|pretrained:[a-z0-9]+(-[a-z0-9]+)*)$`))
    .default('scratch')
    .describe(`scratch, or ${folder} with Hugging Face weights and config.json, or pretrained:NAME, which “elibadcode pretrain NAME” made`),
  tokenizer: z
    .string()
    .regex(new RegExp(`^(gpt2|${source})$`))
    .default('gpt2')
    .describe(`gpt2 (from npm), or ${folder} with tokenizer.json, or vocab.json and merges.txt`),
  maxTokens: z.int().min(8).max(1024).default(400).describe('length of a row in sub-tokens, special ones included'),
  comparedWith: z
    .enum(['codebert', 'codet5', 'unixcoder', 'starcoder-1b'])
    .nullable()
    .default(null)
    .describe('the published row it stands beside'),
});
