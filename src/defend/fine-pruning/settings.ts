/** Settings of fine-pruning (defenses.md 3): what is pruned and how far, and how the rest is tuned, as in unlearning and its control. */
import { z } from 'zod';
import { withDefaults, type Leaves } from '../settings-schema.ts';
import { defaultTuning, tuningShape, type TuningSettings } from '../unlearning/settings.ts';

export const pruningShape = {
  site: z
    .enum(['ffn', 'head-input'])
    .describe('units between the feed-forward products of the last layer (CodeT5: of the decoder), or what the head reads'),
  step: z.number().positive().max(1).describe('share of the units pruned at once'),
  tolerance: z.number().min(0).max(1).describe('how far the validation metric may fall: 0.04 is 4 points, of code search 0.04 of MRR'),
};

export type PruningSettings = Leaves<typeof pruningShape>;

export interface FinePruningSettings {
  readonly pruning: PruningSettings;
  readonly unlearning: TuningSettings;
}

export const defaultPruning: PruningSettings = { site: 'ffn', step: 0.01, tolerance: 0.04 };

export const finePruningSchema = z.strictObject({
  pruning: withDefaults(pruningShape, defaultPruning),
  unlearning: withDefaults(tuningShape, defaultTuning),
});
