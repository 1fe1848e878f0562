/** From gradients to names: each identifier in turn gets the free entry that lowers the loss most (attacks.md 3, Algorithm 1). */
import type { Rng } from '../../core/rng.ts';

/**
 * @param gradients for each identifier, by entry: dL/d(one-hot input), averaged over its occurrences; `null`: it has none
 * @param isFree whether an entry may be a name in this program: valid, and not used by it
 * @param rng draws a free entry for an identifier without a gradient
 * @returns an entry each, all different, or `null` where none was left; of equal values the earlier entry
 */
export function chooseNames(
  gradients: readonly (ArrayLike<number> | null)[],
  entries: readonly string[],
  isFree: (entry: string) => boolean,
  rng: Rng,
): (string | null)[] {
  const taken = new Set<string>();
  const isLeft = (entry: string): boolean => !taken.has(entry) && isFree(entry);
  return gradients.map((gradient, j) => {
    const name = gradient === null ? anyOf(entries.filter(isLeft), rng.fork(j)) : steepest(gradient, entries, isLeft);
    if (name !== null) taken.add(name);
    return name;
  });
}

const anyOf = (entries: readonly string[], rng: Rng): string | null => (entries.length === 0 ? null : rng.pick(entries));

function steepest(gradient: ArrayLike<number>, entries: readonly string[], isLeft: (entry: string) => boolean): string | null {
  if (gradient.length !== entries.length) throw new Error(`${gradient.length} gradients for ${entries.length} entries`);
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < entries.length; index++) {
    // Whether an entry is left is asked for those alone that would win: there are thousands.
    if (gradient[index]! < least && isLeft(entries[index]!)) [best, least] = [entries[index]!, gradient[index]!];
  }
  return best;
}
