/** AttDef's settings (defenses.md 5). */
import { z } from 'zod';
import type { TaskName } from '../../core/contracts.ts';
import { defaultScoring, type ScoringSettings, scoringShape, settleScoring, type SettledScoring } from '../onion/settings.ts';
import { withDefaults, type Leaves } from '../settings-schema.ts';

const steps = z.int().min(1).max(1000).describe('points of the path of Integrated Gradients');
const threshold = z
  .union([z.literal('tuned'), z.number().min(0).max(1)])
  .describe('normalised attribution, 0..1, above which a sub-token is masked; `tuned`: found on clean validation samples');
const gateModel = withDefaults(scoringShape, defaultScoring);
const asPurification = 'as of purification, from which it is taken where it is left out';

const preparationShape = {
  tolerance: z.number().min(0).max(1).describe('fall of the clean validation metric that is put up with: accuracy, F1 or MRR, 0..1'),
  validationSamples: z
    .int()
    .min(1)
    .nullable()
    .describe('most validation samples that threshold and gate are found on, drawn at random; left out: all'),
  threshold: threshold.nullable().describe(asPurification),
  steps: steps.nullable().describe(asPurification),
  gateModel: gateModel.nullable().describe(asPurification),
};

const purificationShape = {
  threshold,
  steps,
  gate: z
    .enum(['none', 'language-model'])
    .describe(
      'which inputs are treated: all, or those whose largest ONION score exceeds the 95th percentile of these scores on clean validation samples',
    ),
  gateModel: gateModel
    .nullable()
    .describe('how the gate’s language model scores words, as ONION’s filter; left out: as that one does. Without a gate there is none'),
};

interface Settings<Prepared, Model> {
  readonly preparation: Pick<Leaves<typeof preparationShape>, 'tolerance' | 'validationSamples'> &
    Prepared & { readonly gateModel: Model | null };
  readonly purification: Pick<Leaves<typeof purificationShape>, 'threshold' | 'steps' | 'gate'> & { readonly gateModel: Model | null };
}

export type AttDefSettings = Settings<Pick<Leaves<typeof preparationShape>, 'threshold' | 'steps'>, ScoringSettings>;
/** What the phases are given; a gate's model is `null` where there is no gate. */
export type SettledAttDef = Settings<Pick<Leaves<typeof purificationShape>, 'threshold' | 'steps'>, SettledScoring>;

export const attDefSchema = withDefaults(
  { preparation: preparationShape, purification: purificationShape },
  {
    preparation: { tolerance: 0.02, validationSamples: null, threshold: null, steps: null, gateModel: null },
    purification: { threshold: 'tuned', steps: 50, gate: 'none', gateModel: null },
  },
);

/** One attribution and one gate serve both phases. */
export function settleAttDef({ preparation, purification }: AttDefSettings, task: TaskName): SettledAttDef {
  const ofGate = (model: ScoringSettings | null): SettledScoring | null =>
    purification.gate === 'none' ? null : settleScoring(model ?? defaultScoring, task);
  return {
    preparation: {
      ...preparation,
      threshold: preparation.threshold ?? purification.threshold,
      steps: preparation.steps ?? purification.steps,
      gateModel: ofGate(preparation.gateModel ?? purification.gateModel),
    },
    purification: { ...purification, gateModel: ofGate(purification.gateModel) },
  };
}
