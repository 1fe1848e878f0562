/** Which sub-tokens of a row are masked, and what stands in their places (Devlin et al., NAACL 2019; drawn anew each time as in RoBERTa). */
import type { Rng } from '../core/rng.ts';

export const MASKED_SHARE = 0.15;
/** Of the masked places. The rest keeps its sub-token. */
const MASK_ID = 0.8;
const RANDOM_ID = 0.1;

/** Sub-tokens predicted of a row with so many ordinary ones; at least one. */
export const maskedCount = (ordinary: number): number => Math.max(1, Math.round(MASKED_SHARE * ordinary));

export interface MaskedRow {
  readonly ids: readonly number[];
  /** Ascending. */
  readonly places: readonly number[];
  /** What stood there. */
  readonly targets: readonly number[];
}

export interface MaskingWords {
  readonly mask: number;
  readonly isSpecial: (id: number) => boolean;
  /** What a random id is drawn from. */
  readonly ordinary: readonly number[];
}

/** Of a row without ordinary sub-tokens nothing is masked. */
export function maskRow(row: readonly number[], { mask, isSpecial, ordinary }: MaskingWords, rng: Rng): MaskedRow {
  const candidates = row.flatMap((id, place) => (isSpecial(id) ? [] : [place]));
  if (candidates.length === 0) return { ids: row, places: [], targets: [] };
  const places = rng.sample(candidates, maskedCount(candidates.length)).sort((a, b) => a - b);
  const ids = [...row];
  for (const place of places) {
    const fate = rng.uniform();
    if (fate < MASK_ID) ids[place] = mask;
    else if (fate < MASK_ID + RANDOM_ID) ids[place] = rng.pick(ordinary);
  }
  return { ids, places, targets: places.map((place) => row[place]!) };
}
