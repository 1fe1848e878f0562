/** AttDef's settings (defenses.md 5). */
import { z } from 'zod';
import { withDefaults, type Leaves } from '../settings-schema.ts';

const steps = z.int().min(1).max(1000).describe('points of the path of Integrated Gradients');

const preparationShape = {
  tolerance: z.number().min(0).max(1).describe('fall of the clean validation metric that is put up with: accuracy, F1 or MRR, 0..1'),
  validationSamples: z
    .int()
    .min(1)
    .nullable()
    .describe('most validation samples that the threshold is found on, drawn at random; left out: all'),
  steps: steps.nullable().describe('as of purification, from which it is taken where it is left out'),
};

const purificationShape = {
  threshold: z
    .union([z.literal('tuned'), z.number().min(0).max(1)])
    .describe('normalised attribution, 0..1, above which a sub-token is masked; `tuned`: found on clean validation samples'),
  steps,
};

export type PreparationSettings = Leaves<typeof preparationShape>;
export type PurificationSettings = Leaves<typeof purificationShape>;

export interface AttDefSettings {
  readonly preparation: PreparationSettings;
  readonly purification: PurificationSettings;
}

export const attDefSchema = withDefaults(
  { preparation: preparationShape, purification: purificationShape },
  {
    preparation: { tolerance: 0.02, validationSamples: null, steps: null },
    purification: { threshold: 'tuned', steps: 50 },
  },
);

/** What the phases are given. */
export interface SettledAttDef extends AttDefSettings {
  readonly preparation: PreparationSettings & { readonly steps: number };
}

/** One attribution serves both phases. */
export const settleAttDef = ({ preparation, purification }: AttDefSettings): SettledAttDef => ({
  preparation: { ...preparation, steps: preparation.steps ?? purification.steps },
  purification,
});
