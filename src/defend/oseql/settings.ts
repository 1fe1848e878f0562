/** OSEQL's settings (defenses.md 6). */
import { z } from 'zod';
import { withDefaults, type Leaves } from '../settings-schema.ts';
import { outlierRules } from './outliers.ts';

const purificationShape = {
  outliers: z
    .enum(outlierRules)
    .describe(
      'which lines’ probabilities stand apart: beyond the interquartile fences, by one of the libraries’ two, or by most of the three',
    ),
  contamination: z.number().gt(0).max(0.5).describe('share of the lines that isolation forest and elliptic envelope call outliers'),
  ignoreBraces: z.boolean().describe('whether a reported line that is only braces counts for nothing (ICBT)'),
};

export interface OseqlSettings {
  readonly purification: Leaves<typeof purificationShape>;
}

export const oseqlSchema = withDefaults(
  { purification: purificationShape },
  { purification: { outliers: 'iqr', contamination: 0.1, ignoreBraces: true } },
);
