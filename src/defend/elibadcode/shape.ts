/** EliBadCode's settings, phase by phase, with what each may be (method.md 1–7; P is the paper). */
import { z } from 'zod';
import type { Leaves } from '../settings-schema.ts';
import { injectionShape, tuningShape } from '../unlearning/settings.ts';

/** Phase (a), P 4.2: which pieces of the tokenizer may be trigger tokens. */
const vocabulary = {
  rule: z
    .enum(['word-characters', 'identifier', 'all'])
    .describe('letters, digits and underscore; the language’s identifier rule; or every piece, the ablation without phase (a)'),
  wordStart: z.enum(['exclude', 'include']).describe('pieces that a blank precedes; `all` includes them'),
  onEmpty: z.enum(['error', 'all']).describe('what a rule that leaves no piece leads to'),
};

/** Phase (b), P 4.3: where the trigger stands in each sample. */
const position = {
  identifiers: z.enum(['variables', 'name-and-variables']).describe('the corpus’s identifier list, or the function’s name besides'),
  mask: z.enum(['name', 'occurrence']).describe('mask every token equal to the name, or one place at a time'),
  choose: z
    .enum(['least-change', 'largest-p', 'random'])
    .describe(
      'smallest change of the loss, what the authors’ code takes the largest of (P(1); for clones one less P(target)), or the ablation without phase (b)',
    ),
  rank: z.int().min(1).describe('1 is the best place by `choose`, j the j-th (Fig. 5); a sample with fewer takes its last'),
  index: z.enum(['sub-token', 'word']).describe('of the place; `word` takes the word’s index for a sub-token’s, as the authors’ code'),
  host: z.enum(['masked', 'original']).describe('the trigger replaces the first masked word, or is inserted into the unmasked sample'),
  fallback: z
    .enum(['none-fits', 'outside-half'])
    .describe('index 1 where no identifier’s place takes the trigger, or, as the authors’ code, where the chosen one is not in the half'),
  candidates: z
    .union([z.literal('same'), z.int().min(1)])
    .describe('place of candidates and anchoring: the same, or a constant sub-token index as in the authors’ code'),
};

/** Phase (c)'s last step, P 4.4. */
const anchor = {
  enabled: z.boolean().describe('`false` is the ablation without anchoring'),
  beta: z.number().min(0).describe('change of the loss above which a trigger token is kept'),
  change: z.enum(['signed', 'absolute']).describe('a token counts if the loss rises without it, or if it changes at all'),
  loss: z.enum(['recomputed', 'search']).describe('the loss compared with: computed anew, or the search’s'),
  onEmpty: z.enum(['whole', 'empty']).describe('what is kept when no token is'),
  removal: z
    .enum(['alone', 'in-turn'])
    .optional()
    .describe(
      'each token is left out alone (if left out), or the least needed goes for good while the loss stays within beta of the whole’s',
    ),
};

/** Code search's target, inverted together with the trigger (appendix, Algorithm 2). */
const query = {
  tokens: z.int().min(0).describe('tokens of the target, m; 0: queries stay as they are'),
  vocabulary: {
    rule: vocabulary.rule,
    wordStart: z.enum(['exclude', 'include']).describe('pieces that a blank precedes, as most words of a query'),
  },
};

export const inversionShape = {
  vocabulary,
  samples: z.int().min(1).describe('clean samples of each victim label; fewer than 20 do not find the trigger (P 5.3.3)'),
  position,
  triggerTokens: z.int().min(1).describe('tokens of the trigger, n'),
  iterations: z.int().min(1).describe('iterations of the search, ε'),
  topK: z.int().min(1).describe('tokens with the most negative gradient, k a place'),
  repeat: z.int().min(1).describe('candidates an iteration, r'),
  mode: z.enum(['eval', 'train']).describe('`train`: dropout on in gradient and scoring of the search, as the authors’ code'),
  decoderTrigger: z
    .enum(['pad', 'embeddings'])
    .optional()
    .describe('what a decoder reads at the trigger’s places in the gradient pass; pad if left out, as it must be for models without one'),
  accept: z.enum(['best-candidate', 'not-worse']).describe('the next trigger: the best candidate even if worse, or never a worse one'),
  return: z.enum(['best', 'last']).describe('the best trigger seen, or the last'),
  distinct: z.boolean().describe('never try a candidate twice'),
  options: z.enum(['labels', 'labels-and-halves']).describe('what is scanned: each label as target, in each half of the row'),
  anchor,
  query,
};

export const unlearningShape = { ...injectionShape, ...tuningShape };

export const filterShape = {
  similarity: z
    .number()
    .min(-1)
    .lt(1)
    .nullable()
    .describe('cosine with a token of the trigger above which a sub-token of an input is left out (P 6.2: 0.9); null: no filter'),
  model: z.enum(['unlearned', 'as-trained']).describe('which model reads the filtered inputs'),
};

export type InversionSettings = Leaves<typeof inversionShape>;
export type FilterSettings = Leaves<typeof filterShape>;
