/**
 * EliBadCode's settings with their three profiles: what the paper says, what the authors' code does, what we recommend
 * (method.md). Where paper or code state nothing, or would crash, their profile takes the default.
 */
import { z } from 'zod';

const inversion = {
  /** Phase (a), P 4.2: which pieces of the vocabulary may be trigger tokens. */
  vocabulary: {
    /** `all` is the ablation "without phase (a)". */
    rule: z.enum(['word-characters', 'identifier', 'all']),
    /** Pieces that begin with `Ġ` (a blank precedes). */
    wordStart: z.enum(['exclude', 'include']),
    onEmpty: z.enum(['error', 'all']),
  },
  /** Clean samples of each victim label. P 5.1: 30; fewer than 20 do not find the trigger (P 5.3.3). */
  samples: z.int().min(1),
  /** Phase (b), P 4.3: where the trigger stands in each sample. */
  position: {
    identifiers: z.enum(['variables', 'name-and-variables']),
    /** Mask every token equal to the name, or one place at a time. */
    mask: z.enum(['name', 'occurrence']),
    /** `random` is the ablation "without phase (b)". */
    choose: z.enum(['least-change', 'largest-p', 'random']),
    /** 1 = the best place by `choose`; j = the j-th (Fig. 5). */
    rank: z.int().min(1),
    /** `word`: the word's index used as a sub-token index, as the authors' code does. */
    index: z.enum(['sub-token', 'word']),
    /** Whether the trigger replaces the first masked word of the masked sample, or is inserted into the original. */
    host: z.enum(['masked', 'original']),
    /** `same`, or the constant sub-token index the authors' code uses for candidates and anchoring. */
    candidates: z.union([z.literal('same'), z.int().min(1)]),
  },
  triggerTokens: z.int().min(1),
  iterations: z.int().min(1),
  topK: z.int().min(1),
  /** Candidates an iteration. */
  repeat: z.int().min(1),
  /** The next trigger: the best candidate even if worse, or never worse than the incumbent. */
  accept: z.enum(['best-candidate', 'not-worse']),
  return: z.enum(['best', 'last']),
  /** Never try a candidate twice. */
  distinct: z.boolean(),
  options: z.enum(['labels', 'labels-and-halves']),
  /** Phase (c)'s last step, P 4.4. */
  anchor: {
    enabled: z.boolean(),
    beta: z.number().min(0),
    /** `signed`: a token counts if the loss rises without it; `absolute`: if it changes at all. */
    change: z.enum(['signed', 'absolute']),
    /** The loss compared with: computed anew, or the search's best. */
    loss: z.enum(['recomputed', 'search']),
    onEmpty: z.enum(['whole', 'empty']),
  },
};

const verdict = {
  rule: z.enum(['calibrated', 'outlier', 'lowest-loss']),
  /** Anomaly index above which a model is flagged. */
  threshold: z.number().positive(),
};

const unlearning = {
  objective: z.enum(['true-label', 'ascent']),
  /** Share of the victim-label samples of the pool that get the trigger, 0..1 (P 5.1). */
  injectRate: z.number().min(0).max(1),
  place: z.enum(['function-name', 'random-identifier']),
  trainable: z.enum(['head', 'last-layer', 'all']),
  learningRate: z.number().positive(),
  epochs: z.int().min(1),
  batchSize: z.int().min(1),
  warmup: z.number().min(0).max(1),
  dropout: z.number().min(0).max(1),
  encoderDropout: z.boolean(),
  clipNorm: z.number().positive(),
};

type Leaves<T> = { [K in keyof T]: T[K] extends z.ZodType ? z.output<T[K]> : Leaves<T[K]> };
export type InversionSettings = Leaves<typeof inversion>;
export type VerdictSettings = Leaves<typeof verdict>;
export type UnlearningSettings = Leaves<typeof unlearning>;

const defaultInversion: InversionSettings = {
  vocabulary: { rule: 'word-characters', wordStart: 'exclude', onEmpty: 'error' },
  samples: 30,
  position: {
    identifiers: 'variables',
    mask: 'name',
    choose: 'least-change',
    rank: 1,
    index: 'sub-token',
    host: 'masked',
    candidates: 'same',
  },
  triggerTokens: 5,
  iterations: 100,
  topK: 64,
  repeat: 64,
  accept: 'best-candidate',
  return: 'best',
  distinct: true,
  options: 'labels',
  anchor: { enabled: true, beta: 0.15, change: 'signed', loss: 'recomputed', onEmpty: 'whole' },
};

export const defaultUnlearning: UnlearningSettings = {
  objective: 'true-label',
  injectRate: 0.2,
  place: 'function-name',
  trainable: 'head',
  learningRate: 5e-3,
  epochs: 1,
  batchSize: 32,
  warmup: 0.1,
  dropout: 0.1,
  encoderDropout: true,
  clipNorm: 1,
};

const profiles = {
  default: {
    inversion: defaultInversion,
    verdict: { rule: 'calibrated', threshold: 2 },
    unlearning: defaultUnlearning,
  },
  paper: {
    inversion: {
      ...defaultInversion,
      vocabulary: { ...defaultInversion.vocabulary, rule: 'identifier' },
      position: { ...defaultInversion.position, identifiers: 'name-and-variables', mask: 'occurrence' },
      // Algorithm 1 loops j = 1 … r−1 for r = 64.
      repeat: 63,
      return: 'last',
      distinct: false,
      anchor: { ...defaultInversion.anchor, change: 'absolute' },
    },
    verdict: { rule: 'outlier', threshold: 2 },
    unlearning: { ...defaultUnlearning, trainable: 'last-layer' },
  },
  code: {
    inversion: {
      ...defaultInversion,
      vocabulary: { ...defaultInversion.vocabulary, onEmpty: 'all' },
      position: { ...defaultInversion.position, choose: 'largest-p', index: 'word', host: 'original', candidates: 10 },
      options: 'labels-and-halves',
      anchor: { ...defaultInversion.anchor, loss: 'search', onEmpty: 'empty' },
    },
    verdict: { rule: 'lowest-loss', threshold: 2 },
    unlearning: defaultUnlearning,
  },
} as const satisfies Record<string, { inversion: InversionSettings; verdict: VerdictSettings; unlearning: UnlearningSettings }>;

export type Profile = keyof typeof profiles;
export interface EliBadCodeSettings {
  readonly profile: Profile;
  readonly inversion: InversionSettings;
  readonly verdict: VerdictSettings;
  readonly unlearning: UnlearningSettings;
}

type Shape = { readonly [key: string]: z.ZodType | Shape };
type Values = { readonly [key: string]: unknown };

/** A strict object whose every leaf defaults to the profile's value. */
function withDefaults(shape: Shape, values: Values): z.ZodType {
  const entries = Object.entries(shape).map(([key, part]) => {
    const value = values[key];
    return [key, part instanceof z.ZodType ? part.default(value) : withDefaults(part, value as Values)];
  });
  return z.strictObject(Object.fromEntries(entries) as Record<string, z.ZodType>).prefault({});
}

const profileSchema = (profile: Profile): z.ZodObject =>
  z.strictObject({
    profile: z.literal(profile),
    inversion: withDefaults(inversion, profiles[profile].inversion),
    verdict: withDefaults(verdict, profiles[profile].verdict),
    unlearning: withDefaults(unlearning, profiles[profile].unlearning),
  });

/** Unlearning's settings alone, as generic fine-tuning takes them. */
export const unlearningSchema = withDefaults(unlearning, { ...defaultUnlearning, injectRate: 0 });

/** A profile (`default` unless named) with any setting overridden alone. */
export const eliBadCodeSchema = z.preprocess(
  (given) => (typeof given === 'object' && given !== null ? { profile: 'default', ...given } : given),
  z.discriminatedUnion('profile', [profileSchema('default'), profileSchema('paper'), profileSchema('code')]),
);
