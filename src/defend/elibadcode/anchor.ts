/** Anchoring: the trigger without the tokens that do not matter (method.md 6; P 4.4). */
import type { Tokenizer } from '../../engine/index.ts';
import type { InversionOption } from '../contracts.ts';
import type { InversionSettings } from './shape.ts';

type AnchorSettings = InversionSettings['anchor'];

type Anchoring = Pick<InversionOption, 'tokenChanges' | 'anchored'> & {
  /** Loss of the whole trigger in evaluation mode. */
  readonly loss: number;
};

/** One loss a trigger, in evaluation mode, at the places of the search. */
export type LossesOf = (triggers: readonly (readonly number[])[]) => Promise<readonly number[]>;

/** @param searchLoss the trigger's loss as the search saw it */
export async function anchorTrigger(
  ids: readonly number[],
  searchLoss: number,
  {
    anchor,
    tokenizer,
    lossesOf,
  }: { readonly anchor: AnchorSettings; readonly tokenizer: Pick<Tokenizer, 'decode'>; readonly lossesOf: LossesOf },
): Promise<Anchoring> {
  const [whole = Number.NaN, ...without] = await lossesOf([ids, ...withoutEach(ids)]);
  const reference = anchor.loss === 'search' ? searchLoss : whole;
  const changes = without.map((loss) => loss - reference);
  const { kept, empty } = await keepTokens(ids, reference, changes, anchor, lossesOf);
  const [loss = Number.NaN] = await lossesOf([kept]);
  return {
    loss: whole,
    tokenChanges: ids.map((id, index) => ({ text: tokenizer.decode([id]), change: changes[index]! })),
    anchored: { ids: kept, text: tokenizer.decode(kept), loss, empty },
  };
}

/**
 * @param reference loss of the whole trigger
 * @param changes loss without each token, less `reference`
 */
export async function keepTokens(
  ids: readonly number[],
  reference: number,
  changes: readonly number[],
  anchor: AnchorSettings,
  lossesOf: LossesOf,
): Promise<{ readonly kept: readonly number[]; readonly empty: boolean }> {
  if (!anchor.enabled) return { kept: ids, empty: false };
  const kept =
    anchor.removal === 'in-turn'
      ? await dropInTurn(
          ids,
          async (triggers) => (await lossesOf(triggers)).map((loss) => importance(loss - reference, anchor)),
          anchor.beta,
        )
      : ids.filter((_, index) => importance(changes[index]!, anchor) > anchor.beta);
  const empty = kept.length === 0;
  return { kept: empty && anchor.onEmpty === 'whole' ? ids : kept, empty };
}

/**
 * The least needed token goes for good, then the least needed of those left, as long as the loss stays within β of the whole trigger's.
 * Left out alone, each of two equal tokens looks needless, and anchoring drops both.
 */
async function dropInTurn(
  ids: readonly number[],
  importances: (triggers: readonly (readonly number[])[]) => Promise<readonly number[]>,
  beta: number,
): Promise<readonly number[]> {
  if (ids.length === 0) return ids;
  const shorter = withoutEach(ids);
  const values = await importances(shorter);
  const least = values.indexOf(Math.min(...values));
  // NaN is no number within β.
  return least >= 0 && values[least]! <= beta ? dropInTurn(shorter[least]!, importances, beta) : ids;
}

function withoutEach(ids: readonly number[]): (readonly number[])[] {
  return ids.map((_, index) => ids.toSpliced(index, 1));
}

function importance(change: number, { change: kind }: AnchorSettings): number {
  return kind === 'signed' ? change : Math.abs(change);
}
