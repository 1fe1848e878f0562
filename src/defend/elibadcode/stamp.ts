/** Rows with room for a trigger (method.md 4.1). Rows are unpadded: padding comes with the batch. */

/** A sample's id row and the place of the trigger in it. */
export interface Host {
  readonly ids: readonly number[];
  /** Index at which the trigger's first token stands; 0 is the first special token. */
  readonly position: number;
}

/**
 * ids[:p] + trigger + ids[p:], cut to L; a row that was cut ends in sep again.
 * @returns the row, and how many of the trigger's tokens survive the cut
 */
export function stamp(
  { ids, position }: Host,
  trigger: readonly number[],
  { maxTokens, sep }: { readonly maxTokens: number; readonly sep: number },
): { readonly row: number[]; readonly kept: number } {
  const row = [...ids.slice(0, position), ...trigger, ...ids.slice(position)];
  if (row.length <= maxTokens) return { row, kept: trigger.length };
  row.length = maxTokens;
  row[maxTokens - 1] = sep;
  return { row, kept: Math.max(0, Math.min(trigger.length, maxTokens - 1 - position)) };
}
