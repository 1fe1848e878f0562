/** Rows with room for a trigger (method.md 4.1). Rows are unpadded: padding comes with the batch. */

/** A sample's id row and the place of the trigger in it. */
export interface Host {
  readonly ids: readonly number[];
  /** Index at which the trigger's first token stands; 0 is the first special token. */
  readonly position: number;
  /** The sample's further rows, which stay as they are: a pair's second program. */
  readonly others: readonly (readonly number[])[];
}

export interface Stamped {
  readonly row: number[];
  /** How many of the trigger's tokens survive the cut at L. */
  readonly kept: number;
}

export interface RowLimits {
  /** L */
  readonly maxTokens: number;
  readonly sep: number;
}

/** ids[:p] + trigger + ids[p:], cut to L; a row that was cut ends in sep again. */
export function stamp(
  { ids, position }: Pick<Host, 'ids' | 'position'>,
  trigger: readonly number[],
  { maxTokens, sep }: RowLimits,
): Stamped {
  const row = [...ids.slice(0, position), ...trigger, ...ids.slice(position)];
  if (row.length <= maxTokens) return { row, kept: trigger.length };
  row.length = maxTokens;
  row[maxTokens - 1] = sep;
  return { row, kept: Math.max(0, Math.min(trigger.length, maxTokens - 1 - position)) };
}

/**
 * The same with the trigger at the constant index `place` of the padded row, as the authors' code scores candidates: in a row
 * shorter than that it stands after the padding. Passes by ids mask padding and number positions past it, so the row without its
 * padding gives the same numbers (RoBERTa's; T5's distances would count the padding).
 */
export function stampAtConstant(
  ids: readonly number[],
  trigger: readonly number[],
  { place, pad, ...limits }: RowLimits & { readonly place: number; readonly pad: number },
): Stamped {
  const padding = Array<number>(Math.max(0, place - ids.length)).fill(pad);
  const { row, kept } = stamp({ ids: [...ids, ...padding], position: place }, trigger, limits);
  return { row: padding.length === 0 ? row : row.filter((id) => id !== pad), kept };
}
