/** Anchoring: the trigger without the tokens that do not matter (method.md 6; P 4.4). */
import type { InversionOption } from '../contracts.ts';
import type { KnownScores } from './resume.ts';
import { scoreOnce, type Search } from './search.ts';
import type { InversionSettings } from './shape.ts';

type Anchoring = Pick<InversionOption, 'tokenChanges' | 'anchored'> & {
  /** Loss of the whole trigger in evaluation mode. */
  readonly loss: number;
};

/**
 * Everything is scored in evaluation mode, at the places of the search.
 * @param searchLoss the trigger's loss as the search saw it
 * @param known what the search scored in evaluation mode: computing it anew would give the same
 */
export async function anchorTrigger(search: Search, ids: readonly number[], searchLoss: number, known: KnownScores): Promise<Anchoring> {
  const { tokenizer } = search.model;
  const { anchor } = search.settings;
  const [whole, ...without] = await scoreOnce(search, [ids, ...ids.map((_, index) => ids.toSpliced(index, 1))], known);
  const reference = anchor.loss === 'search' ? searchLoss : whole!.loss;
  const changes = without.map(({ loss }) => loss - reference);
  const { kept, empty } = keepTokens(ids, changes, anchor);
  const [anchored] = await scoreOnce(search, [kept], known);
  return {
    loss: whole!.loss,
    tokenChanges: ids.map((id, index) => ({ text: tokenizer.decode([id]), change: changes[index]! })),
    anchored: { ids: kept, text: tokenizer.decode(kept), loss: anchored!.loss, empty },
  };
}

/** @param changes loss without each token minus loss with all */
export function keepTokens(
  ids: readonly number[],
  changes: readonly number[],
  { enabled, beta, change: kind, onEmpty }: InversionSettings['anchor'],
): { readonly kept: readonly number[]; readonly empty: boolean } {
  if (!enabled) return { kept: ids, empty: false };
  const kept = ids.filter((_, index) => (kind === 'signed' ? changes[index]! : Math.abs(changes[index]!)) > beta);
  const empty = kept.length === 0;
  return { kept: empty && onEmpty === 'whole' ? ids : kept, empty };
}
