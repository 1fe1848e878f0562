/** What a task adds to an encoder: the rows a sample becomes, its head, its loss, its predictions (victims-and-data.md 3, 4.3). */
import type * as tf from '@tensorflow/tfjs';
import type { Predictions, Sample, TaskName } from '../core/contracts.ts';
import type { Dropout } from '../engine/index.ts';
import type { Parameter, ParameterTensors } from './parameters.ts';

/** A sample as a model reads it: its rows of sub-tokens, unpadded, in the task's order. The first is a program's, which may carry a trigger. */
export type ModelInput = readonly (readonly number[])[];

/** Rows of a sample that are encoded together, padded to one length. */
export interface Stream {
  readonly name: string;
  /** Places of these rows in a `ModelInput`. */
  readonly rows: readonly number[];
}

/** How the best checkpoint's metric decides for label 1: at p > 0.5, or at the best of the thresholds 0.01 … 0.99. */
export type ThresholdRule = 'half' | 'best';

export interface Task {
  readonly name: TaskName;
  readonly streams: readonly Stream[];
  /** The words of each row of a sample; rows that a sample lacks are missing at the end. */
  readonly words: (sample: Sample) => readonly (readonly string[])[];
  /** Most sub-tokens of each row, special ones included, of a model made for rows of L. */
  readonly limits: (maxTokens: number) => readonly number[];
  /** What stands for a row, where the architecture leaves a choice: its first hidden state, or the mean of all. */
  readonly read: 'first' | 'mean';
  /** Vectors of a sample that a head reads side by side, and the outputs that it makes of them; `null`: the task has no head. */
  readonly classes: { readonly vectors: number; readonly outputs: number } | null;
  readonly head: (width: number) => Parameter[];
  /** Elements that a sample has at each dropout site of the head, in its order. */
  readonly dropoutSites: (width: number) => number[];
  /** @param vectors [B·rows, H] of each stream -> [B, outputs] */
  readonly outputs: (parameters: ParameterTensors, vectors: readonly tf.Tensor2D[], dropout: Dropout) => tf.Tensor2D;
  /** Loss of each sample, [B]. @param weights [B], 0 for rows that only fill the batch */
  readonly losses: (outputs: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor1D) => tf.Tensor1D;
  /** Whether a batch may be computed in parts: no sample's loss depends on the others'. */
  readonly isDivisible: boolean;
  /** Probability of label 1 for each sample, [B]; `null`: the task's predictions are vectors. */
  readonly probabilities: ((outputs: tf.Tensor2D) => tf.Tensor1D) | null;
  /** Metric of the best-checkpoint rule, higher is better. */
  readonly validMetric: string;
  /** The metric of `validMetric`. */
  readonly score: (predictions: Predictions, labels: readonly number[], threshold: ThresholdRule) => number;
}

/** The task with these texts taken out of its words; a word that is nothing else stays, empty: words keep their places. */
export function withoutTexts(task: Task, texts: readonly string[]): Task {
  const strip = (word: string): string => texts.reduce((left, text) => left.replaceAll(text, ''), word);
  // Samples share functions, and what is known of one is found by its list of words.
  const known = new WeakMap<readonly string[], readonly string[]>();
  const stripped = (words: readonly string[]): readonly string[] => {
    if (!words.some((word) => texts.some((text) => word.includes(text)))) return words;
    const found = known.get(words) ?? words.map(strip);
    known.set(words, found);
    return found;
  };
  return { ...task, words: (sample) => task.words(sample).map(stripped) };
}
