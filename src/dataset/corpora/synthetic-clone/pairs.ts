/** Which functions of a block are paired. */
import type { Rng } from '../../../core/rng.ts';

export interface Pair<T> {
  readonly label: 0 | 1;
  readonly left: T;
  readonly right: T;
}

/**
 * All pairs within each group, label 1, and as many across, label 0, alternating; both orders of a pair are as likely. Groups of one size
 * give every function as many clones as other pairs.
 * @param common, rare two groups of functions, of p and q ≥ 2
 * @returns p (p - 1) + q (q - 1) pairs, or null where fewer than half as many lie across
 */
export function pairUp<T>(common: readonly T[], rare: readonly T[], rng: Rng): Pair<T>[] | null {
  const turn = (label: 0 | 1, a: T, b: T): Pair<T> => (rng.integer(2) === 0 ? { label, left: a, right: b } : { label, left: b, right: a });
  const clones = [common, rare].flatMap((group) => group.flatMap((a, i) => group.slice(0, i).map((b) => turn(1, a, b))));
  const [p, q] = [common.length, rare.length];
  if (clones.length > p * q) return null;
  // Along diagonals, one behind the other, so that each function of a group meets as many across as the others, but for one.
  const period = leastCommonMultiple(p, q);
  const others = clones.map((_, place) => turn(0, common[place % p]!, rare[(place + Math.floor(place / period)) % q]!));
  const mixed = rng.shuffle(others);
  return rng.shuffle(clones).flatMap((clone, place) => [clone, mixed[place]!]);
}

function leastCommonMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}
