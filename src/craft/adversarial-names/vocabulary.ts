/** The crafting model's two vocabularies: words of code with place-holders for identifiers, and words of function names. */

/** Ids of the source side that are no words. */
export const source = { pad: 0, unknown: 1, first: 2 } as const;
/** Ids of the target side that are no words; what follows them starts at `first`. */
export const target = { start: 0, end: 1, unknown: 2, first: 3 } as const;

export interface Vocabulary {
  /** Ids of special places, place-holders and words. */
  readonly size: number;
  readonly words: readonly string[];
  readonly idOf: (word: string) => number;
}

/** The name of the j-th identifier's place-holder, as the authors write it. */
export const placeHolder = (j: number): string => `@R_${j}@`;

/** @param placeHolders how many; they stand before the words */
export function sourceVocabulary(texts: Iterable<readonly string[]>, words: number, placeHolders: number): Vocabulary {
  const reserved = Array.from({ length: placeHolders }, (_, j) => placeHolder(j));
  return vocabularyOf(mostFrequent(texts, words), source, reserved);
}

export function targetVocabulary(names: Iterable<readonly string[]>, words: number): Vocabulary {
  return vocabularyOf(mostFrequent(names, words), target, []);
}

function vocabularyOf(
  words: readonly string[],
  { unknown, first }: { readonly unknown: number; readonly first: number },
  reserved: readonly string[],
): Vocabulary {
  const start = first + reserved.length;
  const ids = new Map([...reserved, ...words].map((word, index) => [word, first + index]));
  return {
    size: start + words.length,
    words,
    idOf: (word) => ids.get(word) ?? unknown,
  };
}

/** Most frequent first; ties in the order of their characters, so that the list depends on the counts alone. */
function mostFrequent(texts: Iterable<readonly string[]>, limit: number): string[] {
  const counts = new Map<string, number>();
  for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([word]) => word);
}
