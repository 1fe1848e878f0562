/**
 * Cross entropy over the words of a vocabulary, without a second tensor as large as the logits in memory for the right answers.
 *
 * Shapes: N predictions, H width, V words.
 */
import * as tf from '@tensorflow/tfjs';
import { linear, lookUpRows, project } from '../engine/index.ts';

/** Loss of each prediction, [N]: states `x` [N, H] against the rows of `words` [V, H], plus `bias` [V] where there is one. */
export function wordLosses(x: tf.Tensor2D, words: tf.Tensor2D, bias: tf.Tensor1D | null, targets: tf.Tensor1D): tf.Tensor1D {
  const logits = bias === null ? project(x, words) : linear(x, words, bias);
  const own: tf.Tensor1D = tf.sum(tf.mul(x, lookUpRows(words, targets)), -1);
  const shifted = bias === null ? own : tf.add(own, tf.reshape(lookUpRows(tf.reshape(bias, [bias.size, 1]), targets), [targets.size]));
  return tf.sub(logSumExp(logits), shifted);
}

/** ln Σ exp of each row, [N, V] -> [N]; the exponentials are computed again for the gradient instead of kept. */
function logSumExp(logits: tf.Tensor2D): tf.Tensor1D {
  return tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const largest = tf.max(x, -1, true);
    const value: tf.Tensor2D = tf.add(largest, tf.log(tf.sum(tf.exp(tf.sub(x, largest)), -1, true)));
    save([x, value]);
    return {
      value: tf.reshape(value, [x.shape[0]]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x0, value0] = saved as [tf.Tensor2D, tf.Tensor2D];
        return [tf.mul(tf.exp(tf.sub(x0, value0)), tf.reshape(dy, [x0.shape[0], 1]))];
      },
    };
  })(logits) as tf.Tensor1D;
}
