/** How many samples programs compute at once, and what they are given of their rows of sub-tokens. */
import type { Signature } from '../engine/index.ts';
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
