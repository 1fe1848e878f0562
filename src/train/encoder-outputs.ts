/** What the encoder makes of rows: vectors to compare, or to train a head on where the encoder never changes. */
import type * as tf from '@tensorflow/tfjs';
import { groupBy } from '../core/group-by.ts';
import { noDropout, type Engine } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import type { Model } from './model.ts';
import type { Parameter } from './parameters.ts';
import {
  disposeParameters,
  parameterSignature,
  readParameters,
  uploadParameters,
  type ParameterInput,
  type ResidentParameters,
} from './resident.ts';
import { batchSizes, bucketLength, padRows } from './rows.ts';
import type { ModelInput } from './task.ts';

type Rows = readonly (readonly number[])[];
export type EncoderModel = Pick<Model, 'network'> & {
  readonly task: Pick<Model['task'], 'read' | 'streams'>;
  readonly maxTokens: number;
};

interface Encoder {
  /** The encoder's parameters. */
  readonly encoder: readonly Parameter[];
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Called with the number of rows encoded so far, of how many. */
export type EncodingProgress = (rows: number, total: number) => void;

/** The vectors of each stream, [samples·rows, H], on the host. */
export async function encodeInputs(
  engine: Engine,
  model: EncoderModel,
  { encoder, tensors }: Encoder,
  inputs: readonly ModelInput[],
  done: EncodingProgress,
): Promise<Float32Array[]> {
  const parameters = await uploadParameters(engine, encoder, tensors);
  const opened = openEncoder(engine, model, encoder, parameters);
  try {
    const streams = model.task.streams.map(({ rows }) => inputs.flatMap((input) => rows.map((row) => input[row]!)));
    const total = streams.reduce((sum, rows) => sum + rows.length, 0);
    const vectors: Float32Array[] = [];
    let before = 0;
    for (const rows of streams) {
      vectors.push(await opened.encode(rows, (count) => done(before + count, total)));
      before += rows.length;
    }
    return vectors;
  } finally {
    await opened.close();
    disposeParameters(parameters);
  }
}

export interface OpenEncoder {
  /** The rows' vectors [rows, H] on the host. */
  encode(rows: Rows, done?: (rows: number) => void): Promise<Float32Array>;
  /** Frees its programs; the parameters stay. */
  close(): Promise<void>;
}

/** Batches of like length, a compiled program a shape. @param encoder those of the model's parameters that `parameters` hold */
export function openEncoder(
  engine: Pick<Engine, 'compile' | 'batchTokens'>,
  model: EncoderModel,
  encoder: readonly Parameter[],
  parameters: ResidentParameters,
): OpenEncoder {
  const { width } = model.network;
  const programs = new Map<string, Awaited<ReturnType<typeof compile>>>();
  const compile = (batch: number, tokens: number) => engine.compile(encodeProgram(model, encoder, batch, tokens));
  return {
    async encode(rows, done = () => undefined) {
      const vectors = new Float32Array(rows.length * width);
      let count = 0;
      for (const [tokens, indices] of groupBy([...rows.keys()], (row) => bucketLength(rows[row]!.length, model.maxTokens))) {
        let start = 0;
        for (const batch of batchSizes(indices.length, tokens, engine.batchTokens)) {
          const part = indices.slice(start, start + batch);
          start += batch;
          const key = `${batch}x${tokens}`;
          const program = programs.get(key) ?? (await compile(batch, tokens));
          programs.set(key, program);
          // Missing rows are copies of the first.
          const some = Array.from({ length: batch }, (_, r) => rows[part[r] ?? part[0]!]!);
          const { fetched } = await program.run({ ...parameters, ...padRows(some, tokens, model.network) });
          part.forEach((row, r) => vectors.set(fetched.vectors.subarray(r * width, (r + 1) * width), row * width));
          done((count += part.length));
        }
      }
      return vectors;
    },
    async close() {
      for (const program of programs.values()) await program.release();
      programs.clear();
    },
  };
}

function encodeProgram({ network, task }: EncoderModel, encoder: readonly Parameter[], batch: number, tokens: number) {
  return {
    name: `encode ${batch}x${tokens}`,
    inputs: {
      ...parameterSignature(encoder),
      ids: { shape: [batch, tokens], dtype: 'int32' },
      mask: { shape: [batch, tokens], dtype: 'float32' },
    },
    keep: [],
    fetch: ['vectors'],
    body(inputs: Record<ParameterInput | 'ids' | 'mask', tf.Tensor>) {
      const parameters = readParameters(encoder, inputs);
      const ids = inputs.ids as tf.Tensor2D;
      const rows = { words: network.lookUpWords(parameters, ids), mask: inputs.mask as tf.Tensor2D, ids };
      return { vectors: network.encode(parameters, rows, { dropout: noDropout, read: task.read }) };
    },
  } as const;
}
