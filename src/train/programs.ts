/** What programs share: a pass through the model. */
import type * as tf from '@tensorflow/tfjs';
import type { Dropout, dropoutSignature } from '../engine/index.ts';
import type { Model } from './model.ts';
import type { EncoderInputs } from './network.ts';
import type { ParameterTensors } from './parameters.ts';

/** Outputs [B, …] of rows given by their word embeddings, a stream of B·rows rows an entry. */
export function forward(
  { network, task }: Pick<Model, 'network' | 'task'>,
  parameters: ParameterTensors,
  streams: readonly EncoderInputs[],
  dropout: Dropout,
): tf.Tensor2D {
  const vectors = streams.map((rows) => network.encode(parameters, rows, { dropout, read: task.read }));
  return task.outputs(parameters, vectors, dropout);
}

export type DropoutInput = keyof ReturnType<typeof dropoutSignature>;
