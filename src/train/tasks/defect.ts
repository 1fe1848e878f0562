/** Defect detection: one function, one output, sigmoid (victims-and-data.md 4.3). */
import * as tf from '@tensorflow/tfjs';
import { linear } from '../../engine/index.ts';
import { classificationHead, type Task } from '../task.ts';

/** Inside the logarithms, as the authors' code has it: a sample's loss is at most 23.03. */
const EPSILON = 1e-10;

export const defect: Task = {
  name: 'defect',
  validMetric: 'acc',
  read: 'first',
  head: (width) => classificationHead(width, 1),
  logits(parameters, vectors, dropout) {
    const dense = linear(dropout(vectors), parameters['head.dense.weight'] as tf.Tensor2D, parameters['head.dense.bias'] as tf.Tensor1D);
    return linear(dropout(tf.tanh(dense)), parameters['head.output.weight'] as tf.Tensor2D, parameters['head.output.bias'] as tf.Tensor1D);
  },
  losses(logits, labels) {
    const p = defect.probabilities(logits);
    const positive = tf.mul(labels, tf.log(tf.add(p, EPSILON)));
    const negative = tf.mul(tf.sub(1, labels), tf.log(tf.add(tf.sub(1, p), EPSILON)));
    return tf.neg(tf.add(positive, negative));
  },
  probabilities: (logits) => tf.sigmoid(tf.reshape(logits, [-1])),
  score: (probabilities, labels) => probabilities.filter((p, i) => (p > 0.5 ? 1 : 0) === labels[i]).length / labels.length,
  tokens(sample) {
    const [program] = sample.programs;
    if (program === undefined) throw new Error(`${sample.id}: a defect sample has one program, found none`);
    return program.tokens;
  },
};
