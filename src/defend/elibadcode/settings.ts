/** The schema of EliBadCode's parameters: a profile, with any setting overridden alone. */
import { z } from 'zod';
import { withDefaults } from '../settings-schema.ts';
import { profiles, type PhaseSettings, type Profile } from './profiles.ts';
import { verdictShape } from '../verdict.ts';
import { filterShape, type FilterSettings, inversionShape, unlearningShape } from './shape.ts';

export type { TuningSettings, UnlearningSettings } from '../unlearning/settings.ts';

export interface EliBadCodeSettings extends PhaseSettings {
  readonly profile: Profile;
  readonly purification: FilterSettings;
}

/** The paper has it in its discussion alone. */
const noFilter: FilterSettings = { similarity: null, model: 'unlearned' };

const profileSchema = (profile: Profile): z.ZodObject =>
  z.strictObject({
    profile: z.literal(profile),
    inversion: withDefaults(inversionShape, profiles[profile].inversion),
    verdict: withDefaults(verdictShape, profiles[profile].verdict),
    unlearning: withDefaults(unlearningShape, profiles[profile].unlearning),
    purification: withDefaults(filterShape, noFilter),
  });

export const eliBadCodeSchema = z.preprocess(
  (given) => (typeof given === 'object' && given !== null ? { profile: 'default', ...given } : given),
  z.discriminatedUnion('profile', [profileSchema('default'), profileSchema('paper'), profileSchema('code')]),
);
