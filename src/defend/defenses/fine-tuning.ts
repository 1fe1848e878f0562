/** Generic fine-tuning: the control of the paper's Tables 2 and 3, unlearning's pool and steps without a trigger (defenses.md 2). */
import { z } from 'zod';
import { defineDefense } from '../define.ts';
import { unlearningSchema, type UnlearningSettings } from '../elibadcode/settings.ts';
import { unlearn } from '../unlearn.ts';

export const fineTuning = defineDefense<{ readonly unlearning: UnlearningSettings }>({
  name: 'fine-tuning',
  title: 'Fine-tuning',
  version: 1,
  at: 'model',
  cite: 'Sun et al., FSE 2025, Tables 2 and 3 (the control)',
  undefinedFor: {},
  departures: [],
  params: z.strictObject({ unlearning: unlearningSchema }),
  invert: null,
  judge: null,
  repair: (inputs, { unlearning }, context) => unlearn({ ...inputs, trigger: null }, unlearning, context),
});
