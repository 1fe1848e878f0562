/** What a task adds to an encoder: which programs it reads, its head, its loss, its prediction (victims-and-data.md 4.3). */
import type * as tf from '@tensorflow/tfjs';
import type { Sample, TaskName } from '../core/contracts.ts';
import type { Dropout } from '../engine/index.ts';
import type { Parameter, ParameterTensors } from './parameters.ts';

export interface Task {
  readonly name: TaskName;
  /** Metric of the best-checkpoint rule, higher is better. */
  readonly validMetric: string;
  /** Which hidden states the head reads. */
  readonly read: 'first' | 'all';
  readonly head: (width: number) => Parameter[];
  /** @param vectors [B, H] -> logits [B, outputs] */
  readonly logits: (parameters: ParameterTensors, vectors: tf.Tensor2D, dropout: Dropout) => tf.Tensor2D;
  /** Loss of each row, [B]; `labels` [B] as 0 and 1. */
  readonly losses: (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D;
  /** Probability of label 1 for each row, [B]. */
  readonly probabilities: (logits: tf.Tensor2D) => tf.Tensor1D;
  /** The metric of `validMetric` from probabilities and labels. */
  readonly score: (probabilities: readonly number[], labels: readonly number[]) => number;
  /** The tokens of the row a sample becomes. */
  readonly tokens: (sample: Sample) => readonly string[];
}

/** dropout -> dense -> tanh -> dropout -> output. */
export function classificationHead(width: number, outputs: number): Parameter[] {
  const bound = 1 / Math.sqrt(width);
  const layer = (key: string, name: string, rows: number): Parameter[] => [
    { key: `${key}.weight`, tensors: [`classifier.${name}.weight`], shape: [rows, width], initial: { kind: 'uniform', bound } },
    { key: `${key}.bias`, tensors: [`classifier.${name}.bias`], shape: [rows], initial: { kind: 'uniform', bound } },
  ];
  return [...layer('head.dense', 'dense', width), ...layer('head.output', 'out_proj', outputs)];
}
