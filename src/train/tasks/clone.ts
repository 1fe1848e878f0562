/** Clone detection: two functions side by side, two outputs, softmax (victims-and-data.md 3, 4.3). */
import * as tf from '@tensorflow/tfjs';
import { probabilitiesOf } from '../classify.ts';
import { headOf, tanhHead } from '../heads.ts';
import type { Task } from '../task.ts';

/** Tried in this order by the authors' validation; the first of the best counts (victims-and-data.md 4.6). */
const thresholds = Array.from({ length: 99 }, (_, index) => (index + 1) / 100);

/** A pair's two vectors, side by side. */
const classes = { vectors: 2, outputs: 2 };

export const clone: Task = {
  name: 'clone',
  // Each program has its own row of L sub-tokens; the authors' row of 2L is cut into these two inside their model.
  streams: [{ name: 'pair', rows: [0, 1] }],
  words(sample) {
    const [first, second] = sample.programs;
    if (first === undefined || second === undefined) throw new Error(`${sample.id}: a clone sample has two programs`);
    return [first.tokens, second.tokens];
  },
  limits: (maxTokens) => [maxTokens, maxTokens],
  read: 'first',
  classes,
  ...headOf(tanhHead, classes),
  losses(logits, labels) {
    const ones = tf.reshape(labels, [-1, 1]);
    const wanted = tf.concat([tf.sub(1, ones), ones], 1);
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), wanted), -1));
  },
  isDivisible: true,
  probabilities: (logits) => tf.reshape(tf.slice(tf.softmax(logits), [0, 1], [-1, 1]), [-1]),
  validMetric: 'f1',
  score(predictions, labels, rule) {
    const probabilities = probabilitiesOf(predictions);
    if (rule === 'half') return f1(probabilities, labels, 0.5);
    return Math.max(...thresholds.map((threshold) => f1(probabilities, labels, threshold)));
  },
};

/** Of label 1; 0 where there is no right one. */
function f1(probabilities: readonly number[], labels: readonly number[], threshold: number): number {
  const called = probabilities.map((p) => p > threshold);
  const both = called.filter((isCalled, index) => isCalled && labels[index] === 1).length;
  const either = called.filter(Boolean).length + labels.filter((label) => label === 1).length;
  return both === 0 ? 0 : (2 * both) / either;
}
