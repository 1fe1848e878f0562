/** What training a model and inverting a trigger in it will take: operations and memory, from nothing but shapes (victims-and-data.md 7). */
import { modelDropout } from './dropout-plan.ts';
import { planMemory, stepBytes } from './micro-batch.ts';
import type { Model } from './model.ts';
import type { Network } from './network.ts';
import type { Task } from './task.ts';

/** A forward pass, and a backward pass of two more: gradients of what comes in, and of the weights. */
export const TRAINING_PASSES = 3;

/** The longest rows of each stream of a model made for rows of L. */
export function longestRows({ streams, limits }: Pick<Task, 'streams' | 'limits'>, maxTokens: number): number[] {
  const most = limits(maxTokens);
  return streams.map(({ rows }) => Math.max(...rows.map((row) => most[row]!)));
}

/** Floating-point operations of a forward pass over a sample with rows of these lengths in each stream. */
export function sampleFlops(
  network: Pick<Network, 'rowFlops'>,
  { streams, read }: Pick<Task, 'streams' | 'read'>,
  tokens: readonly number[],
): number {
  return streams.reduce((sum, { rows }, stream) => sum + rows.length * network.rowFlops(tokens[stream]!, read), 0);
}

export interface InversionSize {
  readonly iterations: number;
  /** Clean samples that every candidate is stamped into. */
  readonly samples: number;
  /** Candidates an iteration. */
  readonly repeat: number;
}

/** Samples passed forward by one option: of each iteration, those of every candidate, and a gradient. */
export function inversionPasses({ iterations, samples, repeat }: InversionSize): number {
  return iterations * samples * (repeat + TRAINING_PASSES);
}

export interface StepSize {
  readonly batchSize: number;
  readonly dropout: number;
  /** Longest rows of each stream. */
  readonly tokens: readonly number[];
}

export interface StepMemory {
  /** Of a step whose batch is computed whole. */
  readonly bytes: number;
  /** Samples computed at once within the budget: the batch, or one of its parts; `null`: it does not fit and has no parts. */
  readonly rows: number | null;
}

/** Every parameter is trained, and the word table is whole: a corpus that lacks words takes less. */
export function stepMemory(model: Pick<Model, 'network' | 'parameters' | 'task'>, step: StepSize, budget: number): StepMemory {
  const { batchSize, dropout, tokens } = step;
  const { poolSize } = modelDropout(model, { batch: batchSize, tokens }, { probability: dropout, encoder: true });
  const partition = { trained: model.parameters, frozen: [] };
  const limits = { network: model.network, task: model.task, partition, poolSize, batchSize, tokens };
  const bytes = stepBytes(limits);
  if (bytes > budget && !model.task.isDivisible) return { bytes, rows: null };
  return { bytes, rows: planMemory({ ...limits, budget }).rows(tokens) };
}
