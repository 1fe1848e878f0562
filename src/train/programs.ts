/** What programs share: a pass through the model. */
import type * as tf from '@tensorflow/tfjs';
import type { Dropout, dropoutSignature } from '../engine/index.ts';
import type { Model } from './model.ts';
import { encode } from './models/roberta.ts';
import type { ParameterTensors } from './parameters.ts';

/** Word embeddings [B·rows·S, H] and mask [B·rows, S] of one stream. */
export interface EmbeddedRows {
  readonly words: tf.Tensor2D;
  readonly mask: tf.Tensor2D;
}

/** Outputs [B, …] of rows given by their word embeddings, a stream an entry. */
export function forward(
  { shape, task }: Pick<Model, 'shape' | 'task'>,
  parameters: ParameterTensors,
  streams: readonly EmbeddedRows[],
  dropout: Dropout,
): tf.Tensor2D {
  const vectors = streams.map((rows) => encode(shape, parameters, rows, { dropout, read: task.read }));
  return task.outputs(parameters, vectors, dropout);
}

export type DropoutInput = keyof ReturnType<typeof dropoutSignature>;
