/** The three discounts of an order in modified Kneser-Ney smoothing, from counts of counts (defenses.md 9). */
import { UserError } from '../../core/errors.ts';
import { BEGIN, type GramCounts } from './count-grams.ts';

/** Of grams with count 1, count 2, and count 3 or more. */
export type Discounts = readonly [number, number, number];

export interface OrderDiscounts {
  readonly discounts: Discounts;
  /** Whether they are the given ones, because the text was too small to estimate any. */
  readonly isGiven: boolean;
}

/**
 * @param given what stands in for an order whose discounts cannot be estimated; `null`: that is an error
 * @returns of order m at m − 1
 */
export function discountsOf(counts: GramCounts, given: Discounts | null): OrderDiscounts[] {
  return countsOfCounts(counts).map((n, index) => {
    const estimated = estimate(n);
    if (estimated !== null) return { discounts: estimated, isGiven: false };
    if (given !== null) return { discounts: given, isGiven: true };
    throw new UserError(
      'n-gram model',
      `too little text, or too regular, for the discounts of order ${index + 1}: ${n.join(', ')} grams of count 1, 2, 3, 4`,
      'more clean samples (pool.ratio), or fallbackDiscounts, KenLM’s are [0.5, 1, 1.5]',
    );
  });
}

type Four = readonly [number, number, number, number];

/** Of each order, how many grams have count 1, 2, 3 and 4. */
function countsOfCounts({ order, table, lengths, counts }: GramCounts): Four[] {
  const found = Array.from({ length: order }, (): [number, number, number, number] => [0, 0, 0, 0]);
  for (let gram = 1; gram < table.size; gram++) {
    const count = counts[gram]!;
    const isBegin = lengths[gram] === 1 && table.tokens[gram] === BEGIN;
    if (!isBegin && count <= 4) found[lengths[gram]! - 1]![count - 1]!++;
  }
  return found;
}

/** `null` where one is no number, or outside 0 … its count; at 0 what was never seen could have no probability at all. */
function estimate([n1, n2, n3, n4]: Four): Discounts | null {
  const y = n1 / (n1 + 2 * n2);
  const discounts = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3] as const;
  return discounts.every((discount, index) => discount > 0 && discount <= index + 1) ? discounts : null;
}
