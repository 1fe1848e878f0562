/** The gate: texts that a language model of clean code expects are left as they are (defenses.md 5, step 1; the model and its limit are ours). */
import type { Sample } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import { quantile } from '../../core/statistics.ts';
import type { PhaseContext } from '../contracts.ts';
import { scoredBy } from '../onion/scored-by.ts';
import type { SettledScoring } from '../onion/settings.ts';
import { suspicionOf } from '../onion/words.ts';

/** Above it a text is flagged. A type, because an interface is no JSON to the compiler. */
export type GateLimit = {
  readonly limit: number;
  /** Clean validation samples that have a score. */
  readonly samples: number;
};

/** Share of clean validation samples at or below the limit. */
const SHARE = 0.95;

export interface Suspicions {
  /** Of each sample its largest ONION score, over all of its programs; `null`: no word has one. */
  readonly scores: readonly (number | null)[];
  /** The language model, for records. */
  readonly model: string;
}

/** @param pool clean samples, of which an n-gram model is made */
export async function suspicionsOf(
  samples: readonly Sample[],
  pool: readonly Sample[],
  scoring: SettledScoring,
  context: PhaseContext,
): Promise<Suspicions> {
  const filter = { ...scoring, programs: 'all' } as const;
  const { scores, description } = await scoredBy(pool, samples, filter, context);
  return { scores: samples.map((sample) => suspicionOf(sample, scores, filter)), model: description };
}

export function limitOf({ scores }: Pick<Suspicions, 'scores'>): GateLimit {
  const known = scores.filter((score) => score !== null);
  if (known.length === 0) throw new UserError('purification.gate', '“language-model”, and no validation sample has a score', '“none”');
  return { limit: quantile(known, SHARE), samples: known.length };
}

/** A text without a score is not flagged. */
export const flagged = ({ scores }: Pick<Suspicions, 'scores'>, { limit }: GateLimit): boolean[] =>
  scores.map((score) => score !== null && score > limit);

export const gateFact = ({ model }: Suspicions, { limit, samples }: GateLimit): string =>
  `${model}; largest score of a word above ${limit}, the 95th percentile of ${samples} clean validation samples`;
