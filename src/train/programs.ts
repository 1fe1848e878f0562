/** What programs share: a pass through the model, and what they are given of their rows. */
import type * as tf from '@tensorflow/tfjs';
import type { Dropout, dropoutSignature, Signature } from '../engine/index.ts';
import type { Model } from './model.ts';
import { encode } from './models/roberta.ts';
import type { ParameterTensors } from './parameters.ts';

/** Logits of rows given by word embeddings [B·S, H] and mask [B, S] -> [B, outputs]. */
export function forward(
  { shape, task }: Pick<Model, 'shape' | 'task'>,
  parameters: ParameterTensors,
  rows: { readonly words: tf.Tensor2D; readonly mask: tf.Tensor2D },
  dropout: Dropout,
): tf.Tensor2D {
  return task.logits(parameters, encode(shape, parameters, rows, { dropout, read: task.read }), dropout);
}

export interface RowShape {
  readonly batch: number;
  readonly tokens: number;
}

export const tokenSignature = ({ batch, tokens }: RowShape): Signature<'ids' | 'mask'> => ({
  ids: { shape: [batch, tokens], dtype: 'int32' },
  mask: { shape: [batch, tokens], dtype: 'float32' },
});

export type DropoutInput = keyof ReturnType<typeof dropoutSignature>;
