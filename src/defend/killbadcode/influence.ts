/** How much more natural code becomes without a token, summed over all code (defenses.md 9, steps 2 to 4). */
import type { NgramModel } from '../language-model/n-gram.ts';
import type { KillBadCodeSettings } from './settings.ts';

/** From natural logarithms. */
const BASE_10 = 1 / Math.LN10;

/**
 * δ = e(s) − e(s without j) of each place j, in base 10; e is the cross entropy a token, the row's end predicted but not counted.
 * Empty for a row of one token, of which nothing would be left.
 */
export function changes<Token>(row: readonly Token[], model: Pick<NgramModel<Token>, 'deletions'>): number[] {
  const { length } = row;
  if (length < 2) return [];
  const { logLikelihood, without } = model.deletions(row);
  return Array.from(without, (left) => BASE_10 * (left / (length - 1) - logLikelihood / length));
}

/** What a row adds to the influence of its distinct tokens; changes that are not above 0 count nothing. */
export function contributions<Token>(
  row: readonly Token[],
  deltas: readonly number[],
  isCandidate: (token: Token) => boolean,
  { perSnippet, repeated }: Pick<KillBadCodeSettings, 'perSnippet' | 'repeated'>,
): [token: Token, change: number][] {
  const found = new Map<Token, number>();
  deltas.forEach((delta, place) => {
    const token = row[place]!;
    if (delta > 0 && isCandidate(token)) found.set(token, delta + (repeated === 'sum' ? (found.get(token) ?? 0) : 0));
  });
  if (perSnippet === 'all' || found.size <= perSnippet) return [...found];
  return [...found].sort(([, a], [, b]) => b - a).slice(0, perSnippet);
}

/** The `count` tokens of the greatest influence, the greatest first. */
export function strongest<Token>(influence: ReadonlyMap<Token, number>, count: number): Map<Token, number> {
  return new Map([...influence].sort(([, a], [, b]) => b - a).slice(0, count));
}
