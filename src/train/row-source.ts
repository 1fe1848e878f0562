/** Where a training program's rows come from: sub-tokens to be encoded, or vectors of rows that were encoded before. */
import type { HostValue } from '../engine/index.ts';
import type { Model } from './model.ts';
import type { RowShape } from './programs.ts';
import { bucketLength, makeBatch } from './rows.ts';
import { tokenReader, vectorReader, type RowInput, type RowReader } from './steps.ts';

export interface RowSource<In extends RowInput> {
  /** Length of the programs that compute these rows; 0 where length plays no part. */
  readonly tokensOf: (rows: readonly number[]) => number;
  readonly reader: (shape: RowShape) => RowReader<In>;
  /** Inputs of a program for some of the rows; missing ones are copies. */
  readonly values: (rows: readonly number[], shape: RowShape) => Readonly<Record<In, HostValue>>;
}

type RowModel = Pick<Model, 'shape' | 'task'> & { readonly maxTokens: number; readonly padId: number };

export function tokenRows(model: RowModel, rows: readonly (readonly number[])[], encoderDropout: boolean): RowSource<'ids' | 'mask'> {
  return {
    tokensOf: (some) => bucketLength(Math.max(...some.map((row) => rows[row]!.length)), model.maxTokens),
    reader: (shape) => tokenReader(model, shape, encoderDropout),
    values: (some, { batch, tokens }) =>
      makeBatch(
        some.map((row) => rows[row]!),
        batch,
        tokens,
        model.padId,
      ),
  };
}

/** @param vectors [rows, H] */
export function vectorRows(model: Pick<Model, 'shape'>, vectors: Float32Array): RowSource<'vectors'> {
  const { width } = model.shape;
  return {
    tokensOf: () => 0,
    reader: ({ batch }) => vectorReader(model, batch),
    values(some, { batch }) {
      const data = new Float32Array(batch * width);
      for (let r = 0; r < batch; r++) {
        const row = some[r] ?? some[0]!;
        data.set(vectors.subarray(row * width, (row + 1) * width), r * width);
      }
      return { vectors: { shape: [batch, width], dtype: 'float32', data } };
    },
  };
}
