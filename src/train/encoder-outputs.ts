/** What the encoder makes of rows, computed once: where the head alone trains and the encoder drops nothing out, it never changes. */
import type * as tf from '@tensorflow/tfjs';
import { groupBy } from '../core/group-by.ts';
import { noDropout, type Engine } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import type { Model } from './model.ts';
import { encode, lookUpWords } from './models/roberta.ts';
import type { Parameter } from './parameters.ts';
import { tokenSignature, type RowShape } from './programs.ts';
import { disposeParameters, parameterSignature, readParameters, uploadParameters, type ParameterInput } from './resident.ts';
import { bucketLength, chunk, makeBatch } from './rows.ts';

type Rows = readonly (readonly number[])[];
type EncoderModel = Pick<Model, 'shape' | 'task'> & { readonly maxTokens: number; readonly padId: number };

interface Encoder {
  /** The encoder's parameters. */
  readonly encoder: readonly Parameter[];
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/**
 * The rows' vectors [rows, H] on the host.
 * @param done called with the number of rows encoded so far
 */
export async function encodeRows(
  engine: Engine,
  model: EncoderModel,
  { encoder, tensors }: Encoder,
  rows: Rows,
  done: (rows: number) => void,
): Promise<Float32Array> {
  const { width } = model.shape;
  const vectors = new Float32Array(rows.length * width);
  const parameters = await uploadParameters(engine, encoder, tensors);
  let count = 0;
  try {
    for (const [tokens, indices] of groupBy([...rows.keys()], (row) => bucketLength(rows[row]!.length, model.maxTokens))) {
      const batch = Math.min(indices.length, Math.max(1, Math.floor(engine.batchTokens / tokens)));
      const program = await engine.compile(encodeProgram(model, encoder, { batch, tokens }));
      try {
        for (const part of chunk(indices, batch)) {
          const some = part.map((row) => rows[row]!);
          const { fetched } = await program.run({ ...parameters, ...makeBatch(some, batch, tokens, model.padId) });
          part.forEach((row, r) => vectors.set(fetched.vectors.subarray(r * width, (r + 1) * width), row * width));
          done((count += part.length));
        }
      } finally {
        await program.release();
      }
    }
  } finally {
    disposeParameters(parameters);
  }
  return vectors;
}

function encodeProgram({ shape, task }: EncoderModel, encoder: readonly Parameter[], rows: RowShape) {
  return {
    name: `encode ${rows.batch}x${rows.tokens}`,
    inputs: { ...parameterSignature(encoder), ...tokenSignature(rows) },
    keep: [],
    fetch: ['vectors'],
    body(inputs: Record<ParameterInput | 'ids' | 'mask', tf.Tensor>) {
      const parameters = readParameters(encoder, inputs);
      const words = lookUpWords(parameters, inputs.ids as tf.Tensor2D);
      return { vectors: encode(shape, parameters, { words, mask: inputs.mask as tf.Tensor2D }, { dropout: noDropout, read: task.read }) };
    },
  } as const;
}
