/** Rows as programs read them: what is hidden of a row is drawn anew in each epoch, from the seed, the epoch and the row alone. */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../core/rng.ts';
import type { RowSource } from '../train/row-source.ts';
import type { Loss } from '../train/steps.ts';
import type { OpenObjective } from './objective.ts';

/** A sample of the source is a row in an epoch: `epoch · number of rows + row`. */
export function drawnRows(objective: OpenObjective, rows: readonly (readonly number[])[], rng: Rng): RowSource {
  const rowOf = (sample: number): readonly number[] => rows[sample % rows.length]!;
  const drawOf = (sample: number): Rng => rng.fork(Math.floor(sample / rows.length)).fork(sample % rows.length);
  return {
    tokensOf: (samples) => objective.tokensOf(samples.map(rowOf)),
    values: (samples, shape) => objective.values(samples.map(rowOf), samples.map(drawOf), shape),
    reader: (shape) => ({
      rows: shape,
      inputs: objective.inputs(shape),
      vectors: (parameters, inputs, dropout) => [tf.reshape(objective.losses(parameters, inputs, shape, dropout), [shape.batch, 1])],
    }),
  };
}

/** The reader has computed the rows' losses: a task that passes them on. */
export const lossesAsRead: Loss['task'] = {
  outputs: (_parameters, [losses]) => losses!,
  losses: (outputs) => tf.reshape(outputs, [outputs.shape[0]]),
};
