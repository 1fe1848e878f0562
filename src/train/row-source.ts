/** Where a training program's rows come from: sub-tokens to be encoded, or vectors of rows that were encoded before. */
import type { HostValue } from '../engine/index.ts';
import type { Model } from './model.ts';
import type { RowShape } from './row-shape.ts';
import { makeBatch, rowLengths } from './rows.ts';
import { tokenReader, vectorReader, type RowInput, type RowReader } from './steps.ts';
import type { ModelInput } from './task.ts';

export interface RowSource {
  /** Lengths, by stream, of the programs that compute these samples; 0 where length plays no part. */
  readonly tokensOf: (samples: readonly number[]) => readonly number[];
  readonly reader: (shape: RowShape) => RowReader;
  /** Inputs of a program for some of the samples; missing ones are copies. */
  readonly values: (samples: readonly number[], shape: RowShape) => Readonly<Record<RowInput, HostValue>>;
}

type RowModel = Pick<Model, 'network' | 'task'> & { readonly maxTokens: number };

export function tokenRows(model: RowModel, inputs: readonly ModelInput[], encoderDropout: boolean): RowSource {
  const { task, maxTokens, network } = model;
  const of = (some: readonly number[]): ModelInput[] => some.map((sample) => inputs[sample]!);
  return {
    tokensOf: (some) => rowLengths(of(some), task, maxTokens),
    reader: (shape) => tokenReader(model, shape, encoderDropout),
    values: (some, shape) => makeBatch(of(some), task, shape, network),
  };
}

/** @param vectors of each stream, [samples·rows, H] */
export function vectorRows(model: Pick<Model, 'network' | 'task'>, vectors: readonly Float32Array[]): RowSource {
  const { streams } = model.task;
  const ofStream = (stream: number, some: readonly number[], batch: number): HostValue => {
    const rows = streams[stream]!.rows.length;
    const size = rows * model.network.width;
    const data = new Float32Array(batch * size);
    for (let b = 0; b < batch; b++) {
      const sample = some[b] ?? some[0]!;
      data.set(vectors[stream]!.subarray(sample * size, (sample + 1) * size), b * size);
    }
    return { shape: [batch * rows, model.network.width], dtype: 'float32', data };
  };
  return {
    tokensOf: () => streams.map(() => 0),
    reader: ({ batch }) => vectorReader(model, batch),
    values: (some, { batch }) =>
      Object.fromEntries(streams.map((_, stream) => [`vectors${stream}`, ofStream(stream, some, batch)] as const)),
  };
}
