/** Defect detection: one function, one output, sigmoid (victims-and-data.md 4.3). */
import * as tf from '@tensorflow/tfjs';
import { probabilitiesOf } from '../classify.ts';
import { headOf, tanhHead } from '../heads.ts';
import type { Task } from '../task.ts';

/** Inside the logarithms, as the authors' code has it: a sample's loss is at most 23.03. */
const EPSILON = 1e-10;

const probabilities = (logits: tf.Tensor2D): tf.Tensor1D => tf.sigmoid(tf.reshape(logits, [-1]));

const classes = { vectors: 1, outputs: 1 };

export const defect: Task = {
  name: 'defect',
  streams: [{ name: 'code', rows: [0] }],
  words(sample) {
    const [program] = sample.programs;
    if (program === undefined) throw new Error(`${sample.id}: a defect sample has one program, found none`);
    return [program.tokens];
  },
  limits: (maxTokens) => [maxTokens],
  read: 'first',
  classes,
  ...headOf(tanhHead, classes),
  losses(logits, labels) {
    const p = probabilities(logits);
    const positive = tf.mul(labels, tf.log(tf.add(p, EPSILON)));
    const negative = tf.mul(tf.sub(1, labels), tf.log(tf.add(tf.sub(1, p), EPSILON)));
    return tf.neg(tf.add(positive, negative));
  },
  isDivisible: true,
  probabilities,
  validMetric: 'acc',
  score(predictions, labels) {
    const right = probabilitiesOf(predictions).filter((p, index) => (p > 0.5 ? 1 : 0) === labels[index]);
    return right.length / labels.length;
  },
};
