/**
 * Floating-point operations of a layer's parts for a row: its matrix products alone, a multiplication and an addition each
 * (victims-and-data.md 7). A query is a token whose new state is computed, a key one that it looks at.
 */

/** Of an attention: the model's width, and what its queries, and its keys and values, are wide over all heads; default: the same. */
export interface AttentionWidths {
  readonly width: number;
  readonly queryWidth?: number;
  readonly keyWidth?: number;
}

/** Projections of queries, keys, values and output; scores and the values' sums. */
export function attentionFlops(
  { width, queryWidth = width, keyWidth = queryWidth }: AttentionWidths,
  queries: number,
  keys: number,
): number {
  return 4 * queries * width * queryWidth + 4 * keys * width * keyWidth + 4 * queries * keys * queryWidth;
}

/** Up and down. */
export function feedFlops({ width, feedForward }: { readonly width: number; readonly feedForward: number }, queries: number): number {
  return 4 * queries * width * feedForward;
}

/** Of layers of which the last computes `lastQueries` of a row's tokens alone. */
export function stackFlops(layers: number, tokens: number, lastQueries: number, layer: (queries: number) => number): number {
  return layers === 0 ? 0 : (layers - 1) * layer(tokens) + layer(lastQueries);
}
