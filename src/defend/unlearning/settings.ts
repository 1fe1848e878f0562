/** Settings of unlearning (method.md 8), and of generic fine-tuning, which is unlearning without a trigger. */
import { z } from 'zod';
import type { Leaves } from '../settings-schema.ts';
import type { DefendTask } from '../task.ts';

/** How the pool is trained on. */
export const tuningShape = {
  trainable: z
    .enum(['head', 'last-layer', 'all'])
    .describe(
      'dense and output layer of the head as in the code, its output layer alone as P 4.5 says, or every parameter; code search has no head: every parameter',
    ),
  learningRate: z.number().positive().max(1).nullable().describe('peak learning rate; left out: 5e-3, for code search 2e-5'),
  epochs: z.int().min(1).max(1000).describe('passes over the pool'),
  batchSize: z.int().min(1).max(4096).describe('samples a step'),
  warmup: z.number().min(0).max(1).describe('share of all steps spent warming up linearly'),
  dropout: z.number().min(0).lt(1).describe('dropout probability'),
  encoderDropout: z
    .boolean()
    .describe(
      'whether the encoder drops out too, or the head alone; where it does not, and the head alone trains, samples are encoded once',
    ),
  clipNorm: z.number().positive().describe('largest global norm of a gradient'),
};

/** How the trigger enters the pool. */
export const injectionShape = {
  objective: z
    .enum(['true-label', 'ascent'])
    .describe('triggered samples keep their label, or the loss of the target label is pushed up (eq. 4)'),
  injectRate: z.number().min(0).max(1).describe('share of the samples of `injectInto` that get the trigger'),
  injectInto: z
    .enum(['victims', 'all'])
    .describe('samples of the victim label (code search: whose query lacks the inverted target), or any'),
  selection: z.enum(['exact', 'bernoulli']).describe('exact count, or an independent draw for each sample'),
  place: z.enum(['function-name', 'random-identifier']).describe('the identifier that the trigger replaces'),
  form: z.enum(['text', 'ids']).describe('the trigger as text, tokenised with the code around it, or as the very sub-tokens inverted'),
};

export type TuningSettings = Leaves<typeof tuningShape>;
export type InjectionSettings = Leaves<typeof injectionShape>;
export type UnlearningSettings = TuningSettings & InjectionSettings;

/** With the task's own rate where an experiment leaves it out: so that keys and records hold the rate that is used. */
export type Settled<Settings> = Settings & { readonly learningRate: number };

export const settleTuning = <Settings extends Pick<TuningSettings, 'learningRate'>>(
  settings: Settings,
  { tuningRate }: Pick<DefendTask, 'tuningRate'>,
): Settled<Settings> => ({ ...settings, learningRate: settings.learningRate ?? tuningRate });

/** The authors' optimiser, its rate apart, which is the task's (`tuningRate`); trainable: `head`, with which their results were made. */
export const defaultTuning: TuningSettings = {
  trainable: 'head',
  learningRate: null,
  epochs: 1,
  batchSize: 32,
  warmup: 0.1,
  dropout: 0.1,
  encoderDropout: true,
  clipNorm: 1,
};

/** 20 % of the victims are the paper's “about 218 samples” (P 4.5); of all samples, as P 5.1 says, they would be 437. */
export const defaultInjection: InjectionSettings = {
  objective: 'true-label',
  injectRate: 0.2,
  injectInto: 'victims',
  selection: 'exact',
  place: 'function-name',
  form: 'text',
};
