/** Inputs without the words that a language model of clean code does not expect (defenses.md 4). */
import type { PhaseContext, Provided, Purified, PurifyInputs } from '../contracts.ts';
import { scoredBy } from './scored-by.ts';
import type { SettledOnion } from './settings.ts';
import type { Tuned } from './tune.ts';
import { changesOf, suspicionOf } from './words.ts';

export async function removeUnexpected(
  { pool, samples, prepared }: Provided<'pool'> & PurifyInputs & { readonly prepared: Tuned | null },
  { threshold: asked, filter }: SettledOnion['purification'],
  context: PhaseContext,
): Promise<Purified> {
  const threshold = asked === 'tuned' ? prepared!.threshold : asked;
  const { scores, description } = await scoredBy(pool, samples, filter, context);
  return {
    samples: samples.map((sample) =>
      sample === null ? null : { score: suspicionOf(sample, scores, filter), changes: changesOf(sample, scores, threshold, filter) },
    ),
    facts: { 'language model': description, threshold: String(threshold) },
  };
}
