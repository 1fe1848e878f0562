/** What programs share: a pass through the model, and what they are given of their rows. */
import type * as tf from '@tensorflow/tfjs';
import type { Dropout, dropoutSignature, Signature } from '../engine/index.ts';
import type { Model } from './model.ts';
import { encode } from './models/roberta.ts';
import type { ParameterTensors } from './parameters.ts';
import type { Task } from './task.ts';

/** Samples that are computed at once, and the length of their rows in each of the task's streams. */
export interface RowShape {
  readonly batch: number;
  readonly tokens: readonly number[];
}

/** `32x400`, `64x256+32` */
export const nameOf = ({ batch, tokens }: RowShape): string => `${batch}x${tokens.join('+')}`;

/** Sub-tokens of a sample, padding included. */
export const sampleTokens = ({ streams }: Pick<Task, 'streams'>, tokens: readonly number[]): number =>
  streams.reduce((sum, { rows }, stream) => sum + rows.length * tokens[stream]!, 0);

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

/** A stream's sub-tokens [B·rows, S] and their mask, by the stream's number. */
export type TokenInput = `ids${number}` | `mask${number}`;

export function tokenSignature({ streams }: Pick<Task, 'streams'>, { batch, tokens }: RowShape): Signature<TokenInput> {
  const signature: Record<TokenInput, Signature[string]> = {};
  for (const [stream, { rows }] of streams.entries()) {
    const shape = [batch * rows.length, tokens[stream]!];
    signature[`ids${stream}`] = { shape, dtype: 'int32' };
    signature[`mask${stream}`] = { shape, dtype: 'float32' };
  }
  return signature;
}

export type DropoutInput = keyof ReturnType<typeof dropoutSignature>;
