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
  {
    network,
    task,
  }: {
    readonly network: Pick<Model['network'], 'width' | 'dropoutSites'>;
    readonly task: Pick<Model['task'], 'read' | 'streams' | 'dropoutSites'>;
  },
  { batch, tokens }: RowShape,
  { probability, encoder, poolSize }: ModelDropout,
): DropoutPlan {
  const ofStreams = task.streams.flatMap(({ rows }, stream) =>
    network.dropoutSites(tokens[stream]!, task.read).map((elements) => rows.length * elements),
  );
  const sites = [...(encoder ? ofStreams : []), ...task.dropoutSites(network.width)];
  // A plan without sites reads nothing of its pool; one place keeps tensors from being empty.
  return sites.length === 0 ? planDropout(0, batch, [1], poolSize) : planDropout(probability, batch, sites, poolSize);
}
