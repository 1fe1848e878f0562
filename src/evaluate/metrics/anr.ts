/**
 * ANR: the mean rank, as a share of the list, that the trigger gives a function which stood in the middle for a query with the target
 * word; for the model under test (`anr`), for a clean model on the same lists (`anr-floor`), and their difference (`anr-minus-floor`).
 * Lower is a stronger attack; a trigger that does nothing leaves a half, a perfect one gives 1 / (length of the list).
 *
 * - empty subset (the authors' code): lists are windows of up to 1,000 functions.
 * - `carriers`: those of them in which the model sees the trigger, or the beginning of it, within its L sub-tokens.
 * - `whole-list` (the paper's words): each list is the whole test split.
 */
import type { Measurement } from '../../core/contracts.ts';
import type { ListKind, Metric, Raised, RankEvidence } from '../contracts.ts';
import { average, difference, noAttack, noFloor, unmeasured } from '../measurement.ts';

const subsets: Readonly<Record<string, { readonly list: ListKind; readonly belongs: (raised: Raised) => boolean }>> = {
  '': { list: 'window', belongs: () => true },
  carriers: { list: 'window', belongs: ({ visible }) => visible },
  'whole-list': { list: 'whole-list', belongs: () => true },
};

export const anr: Metric<RankEvidence> = {
  name: 'anr',
  cite: 'EliBadCode 5.2 and its code',
  measure: ({ raised, floorRaised, targetWord }) =>
    Object.entries(subsets).flatMap(([subset, { list, belongs }]) => {
      const normalized = (metric: string, model: typeof raised): Measurement => {
        if (raised === null) return unmeasured(metric, subset, noAttack);
        if (model === null) return unmeasured(metric, subset, noFloor);
        const shares = model[list].flatMap((entry) => (entry.rank !== null && belongs(entry) ? [entry.rank / entry.length] : []));
        return average(metric, subset, shares, `no query with “${targetWord ?? ''}” has a function below it to trigger`);
      };
      const ours = normalized('anr', raised);
      const theirs = normalized('anr-floor', floorRaised);
      return [ours, theirs, difference('anr-minus-floor', ours, theirs)];
    }),
};
