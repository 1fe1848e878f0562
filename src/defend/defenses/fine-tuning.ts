/** Generic fine-tuning: the control of the paper's Tables 2 and 3, unlearning's pool and steps without a trigger (defenses.md 2). */
import { z } from 'zod';
import { defineModelDefense } from '../define.ts';
import { defendTasks } from '../tasks/index.ts';
import { withDefaults } from '../settings-schema.ts';
import { defaultTuning, type Settled, settleTuning, tuningShape, type TuningSettings } from '../unlearning/settings.ts';
import { fineTune } from '../unlearning/unlearn.ts';

export const fineTuning = defineModelDefense<{ readonly unlearning: Settled<TuningSettings> }>()({
  name: 'fine-tuning',
  title: 'Fine-tuning',
  version: 2,
  cite: 'Sun et al., FSE 2025, Tables 2 and 3 (the control)',
  access: 'weights',
  undefinedFor: {},
  departures: [
    {
      setting: 'unlearning.trainable',
      source: 'paper: last layer; code: dense and output layer of the head',
      ours: 'head',
      why: 'the same as unlearning, from which it must differ in the trigger alone',
    },
    {
      setting: 'unlearning.learningRate of code search',
      source: 'code: 5e-3 for everything that learns',
      ours: '2e-5',
      why: 'the task has no head: at 5e-3 the encoder loses the task (MRR 0.228 became 0.003)',
    },
  ],
  params: z.strictObject({ unlearning: withDefaults(tuningShape, defaultTuning) }),
  settle: ({ unlearning }: { readonly unlearning: TuningSettings }, task) => ({ unlearning: settleTuning(unlearning, defendTasks[task]) }),
  invert: null,
  judge: null,
  repair: { needs: ['victim', 'pool'], run: (inputs, { unlearning }, context) => fineTune(inputs, unlearning, context) },
});
