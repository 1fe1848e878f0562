/** KillBadCode's settings (defenses.md 9). */
import { z } from 'zod';
import { defaultNgram, ngramShape } from '../language-model/settings.ts';
import { type Leaves, withDefaults } from '../settings-schema.ts';

const detectionShape = {
  ...ngramShape,
  snippets: z
    .int()
    .min(1)
    .describe('clean functions that the n-gram model is trained on, drawn from the pool; all of them where there are fewer'),
  maxTokens: z.int().min(2).describe('sub-tokens at which functions are cut'),
  topTokens: z.int().min(1).describe('tokens taken for triggers: those without which functions become the most natural'),
  candidates: z
    .enum(['alphanumeric', 'alphanumeric-word-starts-too', 'all'])
    .describe(
      'which pieces may be triggers: a letter, then letters and digits, as they stand, so that a piece that a blank precedes is none; those and, without their blank, these; or every piece',
    ),
  perSnippet: z
    .union([z.literal('all'), z.int().min(1)])
    .describe('distinct tokens of a function that count, those with the largest changes; `all`, as the paper'),
  repeated: z
    .enum(['last', 'sum'])
    .describe(
      'what counts of a token that stands in a function several times: its last place that counts, as the code, or all of them added, as the paper',
    ),
};

export type KillBadCodeSettings = Leaves<typeof detectionShape>;

/** As the code; the paper's are `all`, `all` and `sum`. */
const defaults: KillBadCodeSettings = {
  ...defaultNgram,
  snippets: 2000,
  maxTokens: 600,
  topTokens: 10,
  candidates: 'alphanumeric',
  perSnippet: 10,
  repeated: 'last',
};

export const killBadCodeSchema = z.strictObject({ detection: withDefaults(detectionShape, defaults) });
