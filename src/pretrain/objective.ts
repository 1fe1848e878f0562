/**
 * What a pretraining objective is: what it hides of a row, and the loss of telling it.
 *
 * Shapes: B rows, S sub-tokens of a row, padding included.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Rng } from '../core/rng.ts';
import type { Dropout, HostValue, Signature, Tokenizer } from '../engine/index.ts';
import type { ModelConfig, Network, Parameter, ParameterTensors, RowShape } from '../train/index.ts';
import type { RowInput } from '../train/steps.ts';
import type { Task } from '../train/task.ts';

/** Ids are those of the network, which may stand on fewer words than the tokenizer has (train/vocabulary.ts). */
export interface ObjectiveModel {
  readonly network: Network;
  readonly maxTokens: number;
  /** The number that an id of the tokenizer, or of a word beyond it, has here. */
  readonly idOf: (full: number) => number;
  readonly isSpecial: (id: number) => boolean;
  /** Ids that rows hold and that are not special. */
  readonly ordinary: readonly number[];
  readonly tokenizer: Tokenizer;
}

export interface Objective {
  readonly name: string;
  readonly architecture: ModelConfig['name'];
  /** Whether a query may stand before its function. */
  readonly readsQueries: boolean;
  /** Rows of the word table; refuses a tokenizer that lacks what the objective needs. */
  readonly vocabularySize: (tokenizer: Tokenizer) => number;
  /** Ids that the network must know although no row holds them. */
  readonly extraIds: (tokenizer: Tokenizer) => readonly number[];
  /** The word whose embedding words that no row holds take; `null`: they stay as drawn. */
  readonly unseen: ((tokenizer: Tokenizer) => number) | null;
  readonly open: (model: ObjectiveModel) => OpenObjective;
  /** A tensor's name, ours, as Hugging Face's library calls it in a model with this objective's head. */
  readonly storedName: (name: string) => string;
}

export interface OpenObjective {
  /** Parameters beside the network's. Those with a value for each word are named by `perWord`. */
  readonly head: readonly Parameter[];
  readonly perWord: readonly string[];
  /** What is encoded of a row at once; a memory estimate adds them up. */
  readonly streams: Task['streams'];
  /** Whether a batch may be computed in parts: no row's loss depends on the others'. */
  readonly isDivisible: boolean;
  /** Lengths of the program that computes these rows, those of the streams first. */
  readonly tokensOf: (rows: readonly (readonly number[])[]) => readonly number[];
  /** Of a row in the mean loss: how many sub-tokens are predicted, or 1 where rows count alike. */
  readonly weight: (row: readonly number[]) => number;
  /** Elements that a row has at each dropout site, in the order of the pass. */
  readonly dropoutSites: (tokens: readonly number[]) => readonly number[];
  /** Floats that a training step keeps for a row of a stream, an estimate. */
  readonly rowFloats: (tokens: number) => number;
  readonly inputs: (shape: RowShape) => Signature<RowInput>;
  /** @param draws one of each row, which chooses what is hidden of it */
  readonly values: (rows: readonly (readonly number[])[], draws: readonly Rng[], shape: RowShape) => Readonly<Record<RowInput, HostValue>>;
  /** Mean loss of each row's predicted sub-tokens, and what the objective adds to it, [B]. */
  readonly losses: (parameters: ParameterTensors, inputs: Record<RowInput, tf.Tensor>, shape: RowShape, dropout: Dropout) => tf.Tensor1D;
}

export const oneStream: Task['streams'] = [{ name: 'code', rows: [0] }];

/** Sub-tokens of the longest row. */
export const longestOf = (rows: readonly (readonly number[])[]): number => rows.reduce((most, { length }) => Math.max(most, length), 0);
