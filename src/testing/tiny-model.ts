/** A model with a task’s head, RoBERTa and the defect task’s unless others are asked for, so small that a test trains it in a moment, and a task for it that can be learned. */
import { makeRng } from '../core/rng.ts';
import { architectures, flatSize, type Architecture } from '../train/index.ts';
import type { FitData, FitJob, FitOptions } from '../train/fit.ts';
import { initialTensors } from '../train/parameters.ts';
import type { ModelInput, Task } from '../train/task.ts';
import { defect } from '../train/tasks/defect.ts';

export const PAD = 1;

/** Ids 0 to 2 are special: cls, pad, sep. */
interface Tiny {
  readonly architecture?: Architecture;
  readonly vocabulary?: number;
  readonly maxTokens?: number;
  readonly layers?: number;
  readonly task?: Task;
}

export function tinyModel({
  architecture = architectures.roberta,
  vocabulary = 40,
  maxTokens = 64,
  layers = 2,
  task: given = defect,
}: Tiny = {}) {
  const task = architecture.adapt(given);
  const size = { layers, width: 8, heads: 2, feedForward: 16 };
  const network = architecture.ofSize({ size, vocabulary, maxTokens }).network({ pad: PAD, sep: 2 });
  const parameters = [...network.parameters, ...task.head(network.width)];
  const tensors = initialTensors(parameters, makeRng('tiny model'));
  return { network, parameters, task, maxTokens, tensors, size: flatSize(parameters) };
}

/** Samples of one row of 3 to `longest` ids; label 1 where id 3 is among them. */
export function tinyRows(count: number, { longest = 20, vocabulary = 40, seed = 1 } = {}): FitData & { readonly rows: number[][] } {
  const rng = makeRng(seed);
  const rows = Array.from({ length: count }, () => {
    const length = 1 + rng.integer(longest - 2);
    return [0, ...Array.from({ length }, () => 3 + rng.integer(vocabulary - 3)), 2];
  });
  return { rows, inputs: rows.map((row): ModelInput => [row]), labels: rows.map((row) => (row.includes(3) ? 1 : 0)) };
}

export const tinyOptions: FitOptions = {
  epochs: 2,
  batchSize: 4,
  learningRate: 1e-2,
  warmup: 0.1,
  dropout: 0.1,
  encoderDropout: true,
  clipNorm: 1,
  order: 'by-length',
};

export function tinyJob(model: ReturnType<typeof tinyModel>, data: FitData, options: Partial<FitOptions> = {}): FitJob {
  return {
    model,
    partition: { trained: model.parameters, frozen: [] },
    tensors: model.tensors,
    data,
    options: { ...tinyOptions, ...options },
  };
}
