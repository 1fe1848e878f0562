/** Which trigger BadCode would choose for a code search's target words (attacks.md 2): two counts over clean pairs, no draws. */
import type { Language } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { keywords } from '../core/keywords.ts';
import { queryWords } from '../core/query-words.ts';
import { stopWords } from './stop-words.ts';

export interface QueryAndCode {
  readonly query: string;
  /** Whole tokens, or a model's sub-tokens with `Ġ` for a blank before them. */
  readonly tokens: readonly string[];
}

export interface TargetWord {
  readonly word: string;
  /** Queries that hold it. */
  readonly queries: number;
  /** Code tokens that are frequent with this word and rare with every other, most frequent first; the head makes the trigger. */
  readonly triggers: readonly { readonly token: string; readonly count: number }[];
}

export interface TargetWordSettings {
  /** How many of the most frequent query words are targets. */
  readonly targets: number;
  /** A token goes when its share of another target's list exceeds this, 0..1. BadCode's code: 0.05 percent; its paper's value is not stated. */
  readonly salience: number;
}

const defaults: TargetWordSettings = { targets: 20, salience: 0.0005 };

/** The targets, most frequent first, each with what could trigger it. */
export function targetWords(pairs: readonly QueryAndCode[], language: Language, settings: Partial<TargetWordSettings> = {}): TargetWord[] {
  const { targets, salience } = { ...defaults, ...settings };
  if (pairs.length === 0) throw new UserError('target words', 'found no queries', 'at least one pair of query and code');
  const wordsOf = pairs.map(({ query }) => contentWords(query));
  const chosen = byCount(countOnce(wordsOf)).slice(0, targets);
  const lists = chosen.map(({ name }) => countOnce(pairs.filter((_, i) => wordsOf[i]!.has(name)).map((pair) => codeWords(pair, language))));
  const rivals = lists.map((list) => {
    const total = sum(list.values());
    return new Set([...list].filter(([, count]) => count / total > salience).map(([token]) => token));
  });
  return chosen.map(({ name, count }, own) => ({
    word: name,
    queries: count,
    triggers: byCount(lists[own]!)
      .filter((entry) => !rivals.some((rival, other) => other !== own && rival.has(entry.name)))
      .map((entry) => ({ token: entry.name, count: entry.count })),
  }));
}

/** A query's distinct words without stop words and numbers. */
function contentWords(query: string): ReadonlySet<string> {
  return new Set(queryWords(query).filter((word) => !stopWords.has(word) && !isNumber(word)));
}

/** A sample's distinct code tokens that could be triggers: lower-cased letters and digits, no number, no keyword. */
function codeWords({ tokens }: QueryAndCode, language: Language): ReadonlySet<string> {
  const known = keywords[language];
  const plain = tokens.map((token) => token.replace(/^Ġ/, '')).filter((token) => !known.has(token));
  const lower = plain.map((token) => token.toLowerCase());
  return new Set(lower.filter((token) => /^[\p{L}\p{N}]+$/u.test(token) && !isNumber(token) && !known.has(token)));
}

const isNumber = (word: string): boolean => /^\p{N}+$/u.test(word);

function countOnce(samples: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const words of samples) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Falling; equal counts in alphabetical order, so that the list does not depend on the order of the samples. */
function byCount(counts: ReadonlyMap<string, number>): { readonly name: string; readonly count: number }[] {
  const entries = [...counts].map(([name, count]) => ({ name, count }));
  return entries.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
