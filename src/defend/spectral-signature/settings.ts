/** Settings of the spectral signature (defenses.md 7). */
import { z } from 'zod';
import { withDefaults, type Leaves } from '../settings-schema.ts';

export const spectralShape = {
  k: z.int().min(1).max(100).describe('singular vectors that a score is made of'),
  group: z
    .enum(['label', 'all', 'chunk'])
    .describe('what is centred and cut together: a label, the whole list, or 1,000 samples in its order'),
  poisonRate: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('expected share of poisoned samples, ε; left out: the true one, which only an oracle knows'),
  factor: z.number().positive().max(100).describe('how many times the expected number is removed, β'),
  eigenvector: z.enum(['column', 'row']).describe('`row`: the mistake of some published scripts, to show what it does'),
};

export type SpectralSettings = Leaves<typeof spectralShape>;

export const defaultSpectral: SpectralSettings = { k: 1, group: 'label', poisonRate: null, factor: 1.5, eigenvector: 'column' };

export const spectralSchema = z.strictObject({ detection: withDefaults(spectralShape, defaultSpectral) });
