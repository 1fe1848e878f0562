/** What a model is and takes, from its shapes alone: parameters, and for each task the memory of a step and the operations of a pass. */
import type { TaskName } from '../core/contracts.ts';
import { lookUp } from '../core/errors.ts';
import {
  architectures,
  flatSize,
  longestRows,
  type ModelConfig,
  openModel,
  sampleFlops,
  type Size,
  type StepMemory,
  stepMemory,
  type TrainingConfig,
} from '../train/index.ts';

export interface ModelFacts {
  readonly size: Size;
  /** Of the encoder, the word table included. */
  readonly parameters: number;
  /** Rows of the word table. */
  readonly vocabulary: number;
  readonly wordParameters: number;
}

/** The sizes that an architecture has. */
export const sizesOf = (name: string): string[] => Object.keys(lookUp(architectures, name, 'model').sizes);

/** A size that the architecture lacks, or weights that are not here, are a `UserError`. */
export function modelFacts(config: ModelConfig): ModelFacts {
  // What does not belong to a task's head is the same for every task.
  const { network } = openModel(config, 'defect');
  const { vocabulary } = network.words;
  return {
    size: lookUp(lookUp(architectures, config.name, 'model').sizes, config.size, 'size'),
    parameters: flatSize(network.parameters),
    vocabulary,
    wordParameters: vocabulary * network.width,
  };
}

export interface TaskFacts {
  readonly headParameters: number;
  /** The longest rows of each stream, in sub-tokens. */
  readonly tokens: readonly number[];
  readonly memory: StepMemory;
  /** Floating-point operations of a sample's forward pass, its rows as long as they can be. */
  readonly sampleFlops: number;
}

/** @param budget bytes that a training program may take */
export function taskFacts(
  config: ModelConfig,
  taskName: TaskName,
  { batchSize, dropout }: Pick<TrainingConfig, 'batchSize' | 'dropout'>,
  budget: number,
): TaskFacts {
  const model = openModel(config, taskName);
  const tokens = longestRows(model.task, config.maxTokens);
  return {
    headParameters: flatSize(model.parameters) - flatSize(model.network.parameters),
    tokens,
    memory: stepMemory(model, { batchSize, dropout, tokens }, budget),
    sampleFlops: sampleFlops(model.network, model.task, tokens),
  };
}
