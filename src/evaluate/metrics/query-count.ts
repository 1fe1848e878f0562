/**
 * How many test queries hold the target word, and what ANR could do with them: the function in the middle shows the trigger, loses it to
 * the cut at L sub-tokens, or none from the middle on can carry it; these add up to `target`. `moved-on`: not the function in the middle
 * got it but one further down. `list`: functions in each list.
 */
import type { Metric, Raised, RankEvidence } from '../contracts.ts';
import { noAttack, quantity, unmeasured } from '../measurement.ts';

const subsets: Readonly<Record<string, (raised: Raised) => boolean>> = {
  target: () => true,
  carriers: ({ rank, visible }) => rank !== null && visible,
  'cut-off': ({ rank, visible }) => rank !== null && !visible,
  'cannot-carry': ({ rank }) => rank === null,
  'moved-on': ({ rank, passed }) => rank !== null && passed > 0,
};

export const queryCount: Metric<RankEvidence> = {
  name: 'query-count',
  cite: 'ours',
  measure({ raised }) {
    const count = (subset: string, value: number | undefined, why: string) =>
      value === undefined ? unmeasured('query-count', subset, why) : quantity('query-count', subset, value);
    return [
      ...Object.entries(subsets).map(([subset, belongs]) => count(subset, raised?.window.filter(belongs).length, noAttack)),
      count('list', raised?.window[0]?.length, raised === null ? noAttack : 'no query holds the target word'),
    ];
  },
};
