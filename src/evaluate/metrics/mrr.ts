/**
 * MRR: the mean reciprocal rank of each query's own function by cosine, 0 beyond rank 1,000; of equal cosines the function that stands
 * earlier in the split ranks higher. Over all queries and functions of the test split, and, as the authors measure it, over the first
 * 4,000. `recall-at-1`, `-5` and `-10`: the share of queries whose own function is among the first so many.
 */
import type { OwnRank } from '../../core/ranking.ts';
import type { Metric, RankEvidence } from '../contracts.ts';
import { average, rate } from '../measurement.ts';

const lastRank = 1000;

export const mrr: Metric<RankEvidence> = {
  name: 'mrr',
  cite: 'EliBadCode 5.2; its code for the limits',
  measure: ({ ranks, firstRanks }) => [
    average('mrr', '', ranks.map(reciprocal), 'no test sample has a query'),
    average('mrr', 'first-4000', firstRanks.map(reciprocal), 'no test sample has a query'),
    ...[1, 5, 10].map((last) =>
      rate(
        `recall-at-${last}`,
        '',
        ranks.map(({ rank }) => rank <= last),
      ),
    ),
  ],
};

function reciprocal({ rank }: OwnRank): number {
  return rank > lastRank ? 0 : 1 / rank;
}
