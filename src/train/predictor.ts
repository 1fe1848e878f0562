/** What a model makes of samples: probabilities of label 1, or vectors of length 1, as its task has it. */
import type { Predictions } from '../core/contracts.ts';
import type { Engine } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { openEncoder, type EncodingProgress } from './encoder-outputs.ts';
import { disposeParameters, uploadParameters } from './resident.ts';
import { openScorer, type ScorableModel } from './scorer.ts';
import type { ModelInput } from './task.ts';

/** @param labels of the samples, which a scorer wants; they change no prediction */
export async function predictInputs(
  engine: Engine,
  model: ScorableModel,
  tensors: ReadonlyMap<string, HostTensor>,
  inputs: readonly ModelInput[],
  labels: readonly number[],
  done: EncodingProgress = () => undefined,
): Promise<Predictions> {
  if (model.task.probabilities === null) return predictVectors(engine, model, tensors, inputs, done);
  const scorer = await openScorer(engine, model, tensors);
  const scored = await scorer.score(inputs, labels);
  await scorer.close();
  return { kind: 'labels', probabilities: scored.map(({ probability }) => probability) };
}

/** Rows of a sample are its function's and, where it has one, its query's. Equal rows, which samples share, are encoded once. */
async function predictVectors(
  engine: Engine,
  model: ScorableModel,
  tensors: ReadonlyMap<string, HostTensor>,
  inputs: readonly ModelInput[],
  done: EncodingProgress,
): Promise<Predictions> {
  const { width } = model.network;
  const rows = [...new Set(inputs.flat())];
  const place = new Map(rows.map((row, index) => [row, index]));
  const parameters = await uploadParameters(engine, model.parameters, tensors);
  const encoder = openEncoder(engine, model, model.parameters, parameters);
  try {
    const vectors = await encoder.encode(rows, (count) => done(count, rows.length));
    const units = rows.map((_, index) => unit(vectors.subarray(index * width, (index + 1) * width)));
    const vectorOf = (row: readonly number[] | undefined): Float32Array | null => (row === undefined ? null : units[place.get(row)!]!);
    return { kind: 'vectors', codes: inputs.map(([code]) => vectorOf(code)), queries: inputs.map(([, query]) => vectorOf(query)) };
  } finally {
    await encoder.close();
    disposeParameters(parameters);
  }
}

/** Of length 1, as far as float32 goes. */
function unit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(norm) || norm === 0) throw new Error(`a vector of length ${norm} has no direction`);
  return vector.map((value) => value / norm);
}
