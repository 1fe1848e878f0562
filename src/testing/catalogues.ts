/** Made-up catalogues for tests of config, plan and run: a corpus a task, an attack that needs nothing and one that needs crafting. */
import { z } from 'zod';
import type { Catalogues } from '../config/catalogues.ts';

const size = z.strictObject({ train: z.int().min(2).max(100).default(8).describe('functions of the training split') });

const noPhase = { access: 'none', detect: null, invert: null, judge: null, repair: null, prepare: null, purify: null } as const;

export const fakeCatalogues = {
  corpora: {
    toy: { name: 'toy', title: 'Toy', task: 'defect', language: 'c', params: size },
    'toy-clone': { name: 'toy-clone', title: 'Toy pairs', task: 'clone', language: 'java', params: size },
    'toy-search': { name: 'toy-search', title: 'Toy queries', task: 'search', language: 'python', params: size },
  },
  models: {
    roberta: {
      name: 'roberta',
      title: 'RoBERTa',
      params: z.strictObject({
        size: z.enum(['tiny', 'mini', 'base']).default('tiny').describe('layers and width'),
        weights: z.string().default('scratch'),
        tokenizer: z.string().default('gpt2'),
        maxTokens: z.int().min(8).max(512).default(32).describe('sub-tokens a row'),
        comparedWith: z.enum(['codebert', 'codet5', 'unixcoder']).nullable().default(null),
      }),
    },
  },
  attacks: {
    rename: {
      name: 'rename',
      title: 'Rename',
      params: z.strictObject({ trigger: z.string().min(1).default('testo_init').describe('the new name') }),
      poisonRate: { paper: 0.02, code: 0.05 },
      undefinedFor: { search: 'there is no name to rename' },
      craft: () => null,
    },
    adapt: {
      name: 'adapt',
      title: 'Adapt',
      params: z.strictObject({ words: z.int().min(1).default(50), place: z.enum(['first', 'last']).default('first') }),
      poisonRate: { paper: 0.05, code: 0.05 },
      undefinedFor: {},
      craft: (params) => ({ name: 'toy-names', words: (params as { readonly words: number }).words }),
    },
  },
  defenses: {
    undefended: {
      name: 'undefended',
      title: 'Undefended',
      version: 1,
      params: z.strictObject({}),
      undefinedFor: {},
      ...noPhase,
    },
    tune: {
      name: 'tune',
      title: 'Fine-tuning',
      version: 1,
      params: z.strictObject({ unlearning: z.strictObject({ epochs: z.int().min(1).default(1) }).prefault({}) }),
      undefinedFor: {},
      ...noPhase,
      access: 'weights',
      repair: { needs: ['victim', 'pool'] },
    },
    inverse: {
      name: 'inverse',
      title: 'Inversion and unlearning',
      version: 2,
      params: z.strictObject({
        inversion: z.strictObject({ iterations: z.int().min(1).default(3) }).prefault({}),
        verdict: z.strictObject({ rule: z.enum(['calibrated', 'outlier']).default('calibrated') }).prefault({}),
        unlearning: z.strictObject({ injectRate: z.number().min(0).max(1).default(0.2) }).prefault({}),
      }),
      undefinedFor: {},
      ...noPhase,
      access: 'weights',
      invert: { needs: ['victim', 'pool'] },
      judge: true,
      repair: { needs: ['victim', 'pool'] },
    },
    sift: {
      name: 'sift',
      title: 'A sieve for the data',
      version: 1,
      params: z.strictObject({ detection: z.strictObject({ share: z.number().default(0.1) }).prefault({}) }),
      undefinedFor: {},
      ...noPhase,
      access: 'weights',
      detect: { needs: ['victim', 'training', 'poisonRate'] },
    },
    filter: {
      name: 'filter',
      title: 'A filter of inputs',
      version: 1,
      params: z.strictObject({
        preparation: z.strictObject({ tuned: z.boolean().default(false) }).prefault({}),
        purification: z.strictObject({ threshold: z.number().default(0), model: z.string().default('n-gram') }).prefault({}),
      }),
      undefinedFor: {},
      ...noPhase,
      prepare: {
        needs: ['victim', 'validation'],
        applies: (params: unknown) => (params as { readonly preparation: { readonly tuned: boolean } }).preparation.tuned,
      },
      purify: { needs: ['pool'] },
    },
  },
} satisfies Catalogues;

/** One corpus, one model, clean and attacked, all three defences. */
export const fakeExperiment = {
  name: 'toy-run',
  title: 'A toy',
  corpora: [{ name: 'toy' }],
  models: [{ name: 'roberta', comparedWith: 'codebert' }],
  attacks: [{ name: 'none' }, { name: 'rename' }],
  defenses: [{ name: 'undefended' }, { name: 'tune' }, { name: 'inverse' }],
  seeds: [1],
  calibration: { seeds: [11, 12] },
} as const;
