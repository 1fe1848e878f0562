/** Cross entropy over words, against the plain form of TensorFlow.js, values and gradients. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { wordLosses } from './cross-entropy.ts';

const rng = makeRng('cross entropy');
const draw = (shape: [number, number], scale: number) =>
  tf.tensor2d(
    Array.from({ length: shape[0] * shape[1] }, () => scale * rng.normal()),
    shape,
  );

test.each([true, false])('losses and gradients are those of a soft-max over all words; with a bias: %s', (hasBias) => {
  const [x, words, bias] = [draw([5, 4], 3), draw([7, 4], 2), tf.reshape<tf.Rank.R1>(draw([7, 1], 1), [7])];
  const targets = tf.tensor1d([0, 6, 3, 3, 1], 'int32');
  const plain = (a: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Scalar => {
    const products = tf.matMul(a, w, false, true);
    const chances = tf.softmax(hasBias ? tf.add(products, b) : products);
    return tf.neg(tf.sum(tf.log(tf.sum(tf.mul(chances, tf.oneHot(targets, 7)), -1))));
  };
  const ours = (a: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Scalar =>
    // The bias takes part in the graph either way: its gradient is then 0.
    tf.add(tf.sum(wordLosses(a as tf.Tensor2D, w as tf.Tensor2D, hasBias ? (b as tf.Tensor1D) : null, targets)), tf.mul(0, tf.sum(b)));
  const expected = tf.valueAndGrads((a, w, b) => tf.add(plain(a, w, b), tf.mul(0, tf.sum(b))))([x, words, bias]);
  const found = tf.valueAndGrads((a, w, b) => ours(a, w, b))([x, words, bias]);
  expect(found.value.dataSync()[0]).toBeCloseTo(expected.value.dataSync()[0]!, 4);
  for (const [index, grad] of found.grads.entries()) {
    expect(Math.max(...tf.abs(tf.sub(grad, expected.grads[index]!)).dataSync())).toBeLessThan(1e-4);
  }
});
