/**
 * An n-gram model with back-off: the next token is drawn from those that followed the longest context seen often enough.
 *
 * All places of the training text are sorted by the token before them, then by the one before that, and so on: the places that
 * follow a context, of any length, are neighbours, and drawing one of them draws a token in proportion to its count.
 */
import type { Rng } from '../../core/rng.ts';

export interface Ngrams {
  /** The next token, or `null` for the end of the text. @param context the text so far, as long as it is */
  next(context: readonly string[], rng: Rng): string | null;
}

/** Separates texts; no token has it. */
const BORDER = 0;

/**
 * @param order tokens it looks at, the one to come included
 * @param support times that a context of two tokens or more must have been seen to be drawn from; one token, once
 */
export function countNgrams(
  texts: Iterable<readonly string[]>,
  { order, support }: { readonly order: number; readonly support: number },
): Ngrams {
  const tokens: string[] = [''];
  const ids = new Map<string, number>();
  const text: number[] = [BORDER];
  for (const words of texts) {
    for (const word of words) {
      const id = ids.get(word) ?? tokens.push(word) - 1;
      ids.set(word, id);
      text.push(id);
    }
    text.push(BORDER);
  }
  if (text.length < 3) throw new Error('an n-gram model needs text');
  const places = sortedByContext(text, order - 1, tokens.length);
  return {
    next(context, rng) {
      let [first, end] = [0, places.length];
      for (let distance = 1; distance < order; distance++) {
        // Before its first token a text has a border.
        const word = context.at(-distance);
        const id = word === undefined ? (distance === context.length + 1 ? BORDER : undefined) : ids.get(word);
        if (id === undefined) break;
        const [low, high] = [bound(id, distance, first, end), bound(id + 1, distance, first, end)];
        if (high - low < (distance === 1 ? 1 : support)) break;
        [first, end] = [low, high];
      }
      const id = text[places[first + rng.integer(end - first)]!]!;
      return id === BORDER ? null : tokens[id]!;
    },
  };

  /** The first of the sorted places from `first` to `end` whose token at a distance before it is `id` or greater. */
  function bound(id: number, distance: number, first: number, end: number): number {
    let [low, high] = [first, end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (text[Math.max(0, places[middle]! - distance)]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Places of the text but the first, by the tokens before them, the nearest first: one stable counting sort a distance. */
function sortedByContext(text: readonly number[], distances: number, vocabulary: number): Int32Array {
  let places = Int32Array.from({ length: text.length - 1 }, (_, index) => index + 1);
  for (let distance = distances; distance >= 1; distance--) {
    const idAt = (place: number): number => text[Math.max(0, place - distance)]!;
    const starts = new Int32Array(vocabulary + 1);
    for (const place of places) starts[idAt(place) + 1]!++;
    for (let id = 0; id < vocabulary; id++) starts[id + 1]! += starts[id]!;
    const sorted = new Int32Array(places.length);
    for (const place of places) sorted[starts[idAt(place)]!++] = place;
    places = sorted;
  }
  return places;
}
