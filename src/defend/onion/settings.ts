/** ONION's settings (defenses.md 4). */
import { z } from 'zod';
import type { TaskName } from '../../core/contracts.ts';
import { languageModelName } from '../language-model/open.ts';
import { defaultNgram, ngramShape } from '../language-model/settings.ts';
import { type Leaves, withDefaults } from '../settings-schema.ts';

/** How words are scored. */
export const scoringShape = {
  languageModel: languageModelName,
  ...ngramShape,
  maxTokens: z
    .int()
    .min(1)
    .nullable()
    .describe(
      'tokens of the language model’s own (of the n-gram model: words) after which words are kept unscored; left out: 400, in code search 256',
    ),
};

export type ScoringSettings = Leaves<typeof scoringShape>;
export type SettledScoring = ScoringSettings & { readonly maxTokens: number };

export const defaultScoring: ScoringSettings = { languageModel: 'n-gram', ...defaultNgram, maxTokens: null };

/** How words are scored, and which of them go. */
const filterShape = {
  ...scoringShape,
  programs: z
    .enum(['all', 'first'])
    .describe('which of a sample’s programs are filtered: both of a pair, or the first alone as the authors’ code'),
  remove: z.enum(['above', 'at-least']).describe('words whose score is above the threshold, or, as EliBadCode’s code, equal to it too'),
};

export type FilterSettings = Leaves<typeof filterShape>;
export type SettledFilter = FilterSettings & SettledScoring;

const defaultFilter: FilterSettings = { ...defaultScoring, programs: 'all', remove: 'above' };

const preparationShape = {
  lowest: z.int().describe('lowest threshold tried, in units of perplexity; thresholds are whole numbers'),
  highest: z.int().describe('highest threshold tried, the first'),
  tolerance: z.number().min(0).max(1).describe('fall of the clean validation metric that is put up with: accuracy, F1 or MRR, 0..1'),
  filter: withDefaults(filterShape, defaultFilter).nullable().describe('as of purification, from which it is taken where it is left out'),
};

const purificationShape = {
  threshold: z
    .union([z.literal('tuned'), z.number()])
    .describe('fall of the perplexity without a word above which the word is removed; `tuned`: found on clean validation samples'),
  filter: filterShape,
};

interface Settings<Filter, Own> {
  readonly preparation: Omit<Leaves<typeof preparationShape>, 'filter'> & { readonly filter: Own };
  readonly purification: { readonly threshold: number | 'tuned'; readonly filter: Filter };
}

export type OnionSettings = Settings<FilterSettings, FilterSettings | null>;
/** What the phases are given. */
export type SettledOnion = Settings<SettledFilter, SettledFilter>;

export const onionSchema = withDefaults(
  { preparation: preparationShape, purification: purificationShape },
  {
    preparation: { lowest: 1, highest: 100, tolerance: 0.02, filter: null },
    purification: { threshold: 0, filter: defaultFilter },
  },
);

/** The lengths that EliBadCode cuts its inputs to. */
const lengths: Readonly<Record<TaskName, number>> = { defect: 400, clone: 400, search: 256 };

export const settleScoring = <Scoring extends ScoringSettings>(
  scoring: Scoring,
  task: TaskName,
): Scoring & { readonly maxTokens: number } => ({
  ...scoring,
  maxTokens: scoring.maxTokens ?? lengths[task],
});

/** One filter serves both phases. */
export const settleOnion = ({ preparation, purification }: OnionSettings, task: TaskName): SettledOnion => ({
  preparation: { ...preparation, filter: settleScoring(preparation.filter ?? purification.filter, task) },
  purification: { ...purification, filter: settleScoring(purification.filter, task) },
});
