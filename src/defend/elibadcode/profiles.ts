/**
 * EliBadCode's three sets of values: what we recommend, what the paper says, what the authors' code does (method.md). Where paper
 * or code state nothing, or would crash, their profile takes the default.
 */
import { defaultInjection, defaultTuning, type UnlearningSettings } from '../unlearning/settings.ts';
import type { VerdictSettings } from '../verdict.ts';
import type { InversionSettings } from './shape.ts';

export interface PhaseSettings {
  readonly inversion: InversionSettings;
  readonly verdict: VerdictSettings;
  readonly unlearning: UnlearningSettings;
}

const inversion: InversionSettings = {
  vocabulary: { rule: 'word-characters', wordStart: 'exclude', onEmpty: 'error' },
  samples: 30,
  position: {
    identifiers: 'variables',
    mask: 'name',
    choose: 'least-change',
    rank: 1,
    index: 'sub-token',
    host: 'masked',
    fallback: 'none-fits',
    candidates: 'same',
  },
  triggerTokens: 5,
  iterations: 100,
  topK: 64,
  repeat: 64,
  mode: 'eval',
  // Not stated: keys of models without a decoder do not hold it.
  decoderTrigger: undefined,
  accept: 'best-candidate',
  return: 'best',
  distinct: true,
  options: 'labels',
  anchor: { enabled: true, beta: 0.15, change: 'signed', loss: 'recomputed', onEmpty: 'whole', removal: undefined },
  query: { tokens: 2, vocabulary: { rule: 'word-characters', wordStart: 'include' } },
};

const unlearning: UnlearningSettings = { ...defaultTuning, ...defaultInjection };

export const profiles = {
  default: {
    inversion,
    verdict: { rule: 'calibrated', threshold: 2 },
    unlearning,
  },
  paper: {
    inversion: {
      ...inversion,
      vocabulary: { ...inversion.vocabulary, rule: 'identifier' },
      position: { ...inversion.position, identifiers: 'name-and-variables', mask: 'occurrence' },
      // r = 64, of which Algorithm 1's loop j = 1 … r−1 makes one less.
      repeat: 63,
      return: 'last',
      distinct: false,
      anchor: { ...inversion.anchor, change: 'absolute' },
    },
    verdict: { rule: 'outlier', threshold: 2 },
    unlearning: { ...unlearning, trainable: 'last-layer' },
  },
  code: {
    inversion: {
      ...inversion,
      vocabulary: { ...inversion.vocabulary, onEmpty: 'all' },
      position: {
        ...inversion.position,
        choose: 'largest-p',
        index: 'word',
        host: 'original',
        fallback: 'outside-half',
        candidates: 10,
      },
      mode: 'train',
      options: 'labels-and-halves',
      anchor: { ...inversion.anchor, loss: 'search', onEmpty: 'empty' },
      query: { ...inversion.query, vocabulary: { ...inversion.query.vocabulary, wordStart: 'exclude' } },
    },
    verdict: { rule: 'lowest-loss', threshold: 2 },
    unlearning: { ...unlearning, learningRate: 5e-3, selection: 'bernoulli' },
  },
} as const satisfies Record<string, PhaseSettings>;

export type Profile = keyof typeof profiles;
