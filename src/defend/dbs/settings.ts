/** DBS' settings (defenses.md 1): the constants of its authors' code and of EliBadCode's, each selectable; the defaults are the table's. */
import { z } from 'zod';
import { type Leaves, withDefaults } from '../settings-schema.ts';
import { defaultInjection, defaultTuning, injectionShape, tuningShape, type UnlearningSettings } from '../unlearning/settings.ts';
import { type VerdictSettings, verdictShape } from '../verdict.ts';

const inversionShape = {
  triggerTokens: z.int().min(1).describe('tokens of the trigger, n; 10 in its authors’ code'),
  epochs: z.int().min(1).describe('steps of the optimiser; 200 in its authors’ code'),
  learningRate: z.number().positive().describe('Adam’s rate at the start'),
  decayEvery: z.int().min(1).describe('epochs after which the rate is multiplied by `decay`'),
  decay: z.number().positive().max(1).describe('factor of the rate, above 0 to 1'),
  temperature: {
    start: z.number().positive().describe('T at the start'),
    max: z.number().positive().describe('largest T'),
    checkEvery: z.int().min(1).describe('epochs between two decisions about T'),
    factor: z.number().gt(1).describe('T is divided by it where the loss is below the barrier, else multiplied'),
  },
  noise: z.number().min(0).describe('largest noise that a roll-back adds to each logit'),
  barrier: z.number().positive().describe('loss below which T falls, at the start'),
  slack: z.number().positive().describe('distance n − Σ max P from one-hot rows below which a trigger is discrete'),
  rollbackLimit: z
    .int()
    .min(1)
    .nullable()
    .describe('roll-backs in a row after which the barrier rises; null: it never does, as in EliBadCode’s code'),
  discrete: z
    .enum(['own', 'code'])
    .describe('the best trigger is the last discrete one within the barrier, or any of a lower loss besides, as in EliBadCode’s code'),
  samples: z.int().min(1).describe('clean samples of each victim label; 20 a model in its authors’ code'),
  positions: z
    .array(z.int().min(1))
    .min(1)
    .describe('sub-token indices of the trigger, each an option of its own; 1 and 50 in its authors’ code'),
  targets: z
    .union([z.literal('all'), z.array(z.int().min(0)).min(1)])
    .describe('labels tried as target; EliBadCode’s code is told the answer, [0]'),
  vocabulary: {
    rule: z
      .enum(['all', 'word-characters', 'identifier'])
      .describe('every piece; letters, digits and underscore; or the language’s identifier rule'),
    wordStart: z.enum(['exclude', 'include']).describe('pieces that a blank precedes; `all` includes them'),
    onEmpty: z.enum(['error', 'all']).describe('what a rule that leaves no piece leads to'),
  },
};

export type DbsInversion = Leaves<typeof inversionShape>;

export interface DbsSettings {
  readonly inversion: DbsInversion;
  readonly verdict: VerdictSettings;
  readonly unlearning: UnlearningSettings;
}

export const defaults: DbsSettings = {
  inversion: {
    triggerTokens: 5,
    epochs: 100,
    learningRate: 0.5,
    decayEvery: 50,
    decay: 0.5,
    temperature: { start: 2, max: 2, checkEvery: 5, factor: 2 },
    noise: 10,
    barrier: 0.1,
    slack: 0.001,
    rollbackLimit: 5,
    discrete: 'own',
    samples: 10,
    positions: [1],
    targets: 'all',
    vocabulary: { rule: 'all', wordStart: 'include', onEmpty: 'error' },
  },
  verdict: { rule: 'calibrated', threshold: 2, lossBelow: 0.001 },
  unlearning: { ...defaultTuning, ...defaultInjection },
};

export const dbsSchema = z.strictObject({
  inversion: withDefaults(inversionShape, defaults.inversion),
  verdict: withDefaults(verdictShape, { ...defaults.verdict }),
  unlearning: withDefaults({ ...injectionShape, ...tuningShape }, defaults.unlearning),
});
