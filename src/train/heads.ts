/** Heads of classification tasks: what they are made of, and their pass (victims-and-data.md 1, 4.3). */
import * as tf from '@tensorflow/tfjs';
import { linear, project, type Dropout } from '../engine/index.ts';
import type { Initial, Parameter, ParameterTensors } from './parameters.ts';
import type { Task } from './task.ts';

export interface Head {
  /** @param inputs width of what comes in. Their keys begin with `head.`; those of the last layer with `head.output.` */
  readonly parameters: (inputs: number, width: number, outputs: number) => Parameter[];
  /** Elements that a sample has at each dropout site, in the order of the pass. */
  readonly dropoutSites: (inputs: number, width: number) => number[];
  /** @param vectors [B, inputs] -> logits [B, outputs] */
  readonly logits: (parameters: ParameterTensors, vectors: tf.Tensor2D, dropout: Dropout) => tf.Tensor2D;
}

/** As in the head's framework: a default linear layer. */
const uniform = (inputs: number): Initial => ({ kind: 'uniform', bound: 1 / Math.sqrt(inputs) });

/** dropout -> dense -> tanh -> dropout -> output. */
export const tanhHead: Head = {
  parameters(inputs, width, outputs) {
    const layer = (key: string, name: string, rows: number, columns: number): Parameter[] => [
      { key: `${key}.weight`, tensors: [`classifier.${name}.weight`], shape: [rows, columns], initial: uniform(columns) },
      { key: `${key}.bias`, tensors: [`classifier.${name}.bias`], shape: [rows], initial: uniform(columns) },
    ];
    return [...layer('head.dense', 'dense', width, inputs), ...layer('head.output', 'out_proj', outputs, width)];
  },
  dropoutSites: (inputs, width) => [inputs, width],
  logits(parameters, vectors, dropout) {
    const layer = (name: string, x: tf.Tensor2D): tf.Tensor2D =>
      linear(x, parameters[`${name}.weight`] as tf.Tensor2D, parameters[`${name}.bias`] as tf.Tensor1D);
    return layer('head.output', dropout(tf.tanh(layer('head.dense', dropout(vectors)))));
  },
};

/** One linear layer without a bias, as Hugging Face's models for sequence classification have it. */
export const scoreHead: Head = {
  parameters: (inputs, _width, outputs) => [
    { key: 'head.output.weight', tensors: ['score.weight'], shape: [outputs, inputs], initial: uniform(inputs) },
  ],
  dropoutSites: () => [],
  logits: (parameters, vectors) => project(vectors, parameters['head.output.weight'] as tf.Tensor2D),
};

/** What a task with a head has of it. */
export const headOf = (kind: Head, { vectors, outputs }: Classes): Pick<Task, 'head' | 'dropoutSites' | 'outputs'> => ({
  head: (width) => kind.parameters(vectors * width, width, outputs),
  dropoutSites: (width) => kind.dropoutSites(vectors * width, width),
  outputs(parameters, [rows], dropout) {
    const [count, width] = rows!.shape;
    return kind.logits(parameters, tf.reshape(rows!, [count / vectors, vectors * width]), dropout);
  },
});

type Classes = NonNullable<Task['classes']>;
