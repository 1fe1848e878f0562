/**
 * What a row costs in T5: dropout's elements, the floats of a training step, the operations of a pass.
 *
 * Shapes: S tokens, H width, A heads, F feed-forward width.
 */
import { attentionFlops, feedFlops, stackFlops } from '../flops.ts';
import type { Read } from '../network.ts';
import type { T5Shape } from './t5-config.ts';

/** Embeddings; of each layer attention weights and output, in the decoder twice, and the feed-forward's two; the final norm. */
export function dropoutSites({ layers, width, heads, feedForward }: T5Shape, tokens: number, read: Read): number[] {
  const attended = (queries: number): number[] => [heads * queries * tokens, queries * width];
  const fed = (queries: number): number[] => [queries * feedForward, queries * width];
  const stack = (layer: (queries: number) => number[], lastQueries: number): number[] => {
    const queries = Array.from({ length: layers }, (_, index) => (index === layers - 1 ? lastQueries : tokens));
    return [tokens * width, ...queries.flatMap(layer), lastQueries * width];
  };
  const encoder = stack((queries) => [...attended(queries), ...fed(queries)], tokens);
  const decoder = stack((queries) => [...attended(queries), ...attended(queries), ...fed(queries)], read === 'all' ? tokens : 1);
  return [...encoder, ...decoder];
}

/** The same where the decoder reads rows of its own and tells every one of its states. */
export function pairDropoutSites({ layers, width, heads, feedForward }: T5Shape, source: number, target: number): number[] {
  const attended = (queries: number, keys: number): number[] => [heads * queries * keys, queries * width];
  const stack = (tokens: number, attentions: readonly number[]): number[] => {
    const layer = [...attentions, tokens * feedForward, tokens * width];
    return [tokens * width, ...Array.from({ length: layers }, () => layer).flat(), tokens * width];
  };
  return [...stack(source, attended(source, source)), ...stack(target, [...attended(target, target), ...attended(target, source)])];
}

/** As `rowFloats`; cross-attention counts as one of the longer rows. */
export function pairRowFloats({ layers, width, heads, feedForward }: T5Shape, source: number, target: number): number {
  const attended = (queries: number, keys: number): number => 2 * heads * queries * keys + 9 * Math.max(queries, keys) * width;
  const fed = (tokens: number): number => tokens * (3 * feedForward + 4 * width);
  const layer = attended(source, source) + fed(source) + attended(target, target) + attended(target, source) + fed(target);
  return layers * layer + 5 * (source + target) * width + 4 * Math.max(heads * source * source, source * feedForward);
}

/**
 * As for RoBERTa: weights of each attention before and after dropout [A, S, S], three tensors [S, F], and of each attention nine
 * [S, H] (the norm, query, key, value, context twice, mask, sum), of a feed-forward four. Where one token of the decoder is read, its last
 * layer keeps keys and values alone.
 */
export function rowFloats({ layers, width, heads, feedForward }: T5Shape, tokens: number, read: Read): number {
  const [weights, hidden, inner] = [heads * tokens * tokens, tokens * width, tokens * feedForward];
  const attended = 2 * weights + 9 * hidden;
  const fed = 3 * inner + 4 * hidden;
  const whole = read === 'all' ? layers : Math.max(0, layers - 1);
  const last = read === 'all' ? 0 : 6 * hidden;
  return layers * (attended + fed) + whole * (2 * attended + fed) + last + 10 * hidden + 4 * Math.max(weights, inner);
}

/** The decoder attends twice a layer, to itself and to the encoder's states. */
export function rowFlops(shape: T5Shape, tokens: number, read: Read): number {
  const widths = { width: shape.width, queryWidth: shape.heads * shape.headWidth };
  const attended = (queries: number): number => attentionFlops(widths, queries, tokens);
  const encoder = stackFlops(shape.layers, tokens, tokens, (queries) => attended(queries) + feedFlops(shape, queries));
  const lastQueries = read === 'all' ? tokens : Math.min(1, tokens);
  return encoder + stackFlops(shape.layers, tokens, lastQueries, (queries) => 2 * attended(queries) + feedFlops(shape, queries));
}
