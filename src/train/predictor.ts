/** What a model makes of samples: probabilities of label 1, or vectors of length 1, as its task has it. */
import type { Predictions } from '../core/contracts.ts';
import type { Engine } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { openEncoder, type EncodingProgress, type OpenEncoder } from './encoder-outputs.ts';
import type { Parameter } from './parameters.ts';
import { disposeParameters, replaceParameter, uploadParameters } from './resident.ts';
import { openScorer, type ScorableModel } from './scorer.ts';
import type { ModelInput } from './task.ts';

type Tensors = ReadonlyMap<string, HostTensor>;

export interface Predictor {
  /** @param labels of the samples, which a scorer wants; they change no prediction */
  predict(inputs: readonly ModelInput[], labels: readonly number[], done?: EncodingProgress): Promise<Predictions>;
  /** Gives one of the model's parameters the value it has in `tensors`; nothing is compiled anew. */
  replace(parameter: Parameter, tensors: Tensors): Promise<void>;
  close(): Promise<void>;
}

/** @param labels of the samples, which a scorer wants; they change no prediction */
export async function predictInputs(
  engine: Engine,
  model: ScorableModel,
  tensors: Tensors,
  inputs: readonly ModelInput[],
  labels: readonly number[],
  done?: EncodingProgress,
): Promise<Predictions> {
  const predictor = await openPredictor(engine, model, tensors);
  try {
    return await predictor.predict(inputs, labels, done);
  } finally {
    await predictor.close();
  }
}

export function openPredictor(engine: Engine, model: ScorableModel, tensors: Tensors): Promise<Predictor> {
  return model.task.probabilities === null ? openVectors(engine, model, tensors) : openLabels(engine, model, tensors);
}

async function openLabels(engine: Engine, model: ScorableModel, tensors: Tensors): Promise<Predictor> {
  const scorer = await openScorer(engine, model, tensors);
  return {
    async predict(inputs, labels) {
      const scored = await scorer.score(inputs, labels);
      return { kind: 'labels', probabilities: scored.map(({ probability }) => probability) };
    },
    replace: (parameter, changed) => replaceParameter(engine, scorer.parameters, parameter, changed),
    close: () => scorer.close(),
  };
}

async function openVectors(engine: Engine, model: ScorableModel, tensors: Tensors): Promise<Predictor> {
  const parameters = await uploadParameters(engine, model.parameters, tensors);
  const encoder = openEncoder(engine, model, model.parameters, parameters);
  return {
    predict: (inputs, _labels, done = () => undefined) => predictVectors(encoder, model.network.width, inputs, done),
    replace: (parameter, changed) => replaceParameter(engine, parameters, parameter, changed),
    async close() {
      await encoder.close();
      disposeParameters(parameters);
    },
  };
}

/** Rows of a sample are its function's and, where it has one, its query's. Equal rows, which samples share, are encoded once. */
async function predictVectors(
  encoder: OpenEncoder,
  width: number,
  inputs: readonly ModelInput[],
  done: EncodingProgress,
): Promise<Predictions> {
  const rows = [...new Set(inputs.flat())];
  const place = new Map(rows.map((row, index) => [row, index]));
  const vectors = await encoder.encode(rows, (count) => done(count, rows.length));
  const units = rows.map((_, index) => unit(vectors.subarray(index * width, (index + 1) * width)));
  const vectorOf = (row: readonly number[] | undefined): Float32Array | null => (row === undefined ? null : units[place.get(row)!]!);
  return { kind: 'vectors', codes: inputs.map(([code]) => vectorOf(code)), queries: inputs.map(([, query]) => vectorOf(query)) };
}

/** Of length 1, as far as float32 goes. */
function unit(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(norm) || norm === 0) throw new Error(`a vector of length ${norm} has no direction`);
  return vector.map((value) => value / norm);
}
