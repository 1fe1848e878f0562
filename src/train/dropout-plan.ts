/** How much randomness one pass through a model takes. */
import { planDropout, type DropoutPlan } from '../engine/index.ts';
import type { Model } from './model.ts';
import type { RowShape } from './row-shape.ts';

export interface ModelDropout {
  readonly probability: number;
  /** Whether the encoder drops out too, or the head alone. */
  readonly encoder: boolean;
  /** Of the pool, where it is shared with a larger plan. */
  readonly poolSize?: number;
}

export function modelDropout(
  { shape, task }: { readonly shape: Model['shape']; readonly task: Pick<Model['task'], 'read' | 'streams' | 'dropoutSites'> },
  { batch, tokens }: RowShape,
  { probability, encoder, poolSize }: ModelDropout,
): DropoutPlan {
  const ofStreams = task.streams.flatMap(({ rows }, stream) =>
    encoderSites(shape, tokens[stream]!, task.read).map((elements) => rows.length * elements),
  );
  const sites = [...(encoder ? ofStreams : []), ...task.dropoutSites(shape.width)];
  // A plan without sites reads nothing of its pool; one place keeps tensors from being empty.
  return sites.length === 0 ? planDropout(0, batch, [1], poolSize) : planDropout(probability, batch, sites, poolSize);
}

/** Elements a row has at each site of the encoder, in its order: embeddings; attention weights and two outputs a layer. */
function encoderSites({ layers, heads, width }: Model['shape'], tokens: number, read: 'first' | 'mean'): number[] {
  const layer = (queries: number): number[] => [heads * queries * tokens, queries * width, queries * width];
  const last = layers - 1;
  const queries = (index: number): number => (read === 'first' && index === last ? 1 : tokens);
  return [tokens * width, ...Array.from({ length: layers }, (_, index) => layer(queries(index))).flat()];
}
