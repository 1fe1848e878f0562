/** BLEU, 0..100: character BLEU-4 of the inverted trigger's text against the true one's; no smoothing. */
import { compareTriggers } from '../compare-texts.ts';
import type { Metric, TriggerEvidence } from '../contracts.ts';
import { quantity, unmeasured } from '../measurement.ts';

const maxOrder = 4;

export const bleu: Metric<TriggerEvidence> = {
  name: 'bleu',
  cite: 'EliBadCode 5.2; by characters, which gives the paper’s 36.79 for `testo` against `testo_init`',
  measure: (evidence) => [
    compareTriggers('bleu', evidence, (inverted, real) =>
      // Such a trigger, `rb` say, has no 4-gram to match: its BLEU is 0 even against itself, which measures nothing.
      real.length < maxOrder
        ? unmeasured('bleu', '', `the true trigger has fewer than ${maxOrder} characters`)
        : quantity('bleu', '', characterBleu(inverted, real)),
    ),
  ],
};

/** Geometric mean of the n-gram precisions, n = 1 … 4, times exp(1 − r/c) for a candidate shorter than the reference; no match: 0. */
export function characterBleu(candidate: string, reference: string): number {
  let logarithms = 0;
  for (let order = 1; order <= maxOrder; order++) {
    const [found, expected] = [ngrams(candidate, order), ngrams(reference, order)];
    let matches = 0;
    for (const [ngram, times] of found) matches += Math.min(times, expected.get(ngram) ?? 0);
    if (matches === 0) return 0;
    logarithms += Math.log(matches / (candidate.length - order + 1));
  }
  return 100 * Math.exp(logarithms / maxOrder + Math.min(0, 1 - reference.length / candidate.length));
}

/** Each n-gram with the times it occurs. */
function ngrams(text: string, order: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + order <= text.length; start++) {
    const ngram = text.slice(start, start + order);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}
