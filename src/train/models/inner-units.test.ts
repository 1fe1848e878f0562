/** The activations of the last feed-forward block: what a matrix's gradient says of its inputs. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { noDropout } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { tinyModel } from '../../testing/tiny-model.ts';
import { flatten } from '../parameters.ts';
import { padRows } from '../rows.ts';
import { architectures } from './index.ts';

// Without it the first use of TensorFlow.js' cpu backend prints advice.
tf.enableProdMode();

test.each(Object.values(architectures))(
  '$name: of one place the gradient of the matrix that reads them is their outer product',
  async (architecture) => {
    await tf.setBackend('cpu');
    const { network, parameters, tensors } = tinyModel({ architecture });
    const values = Object.fromEntries(
      parameters.map((parameter) => [parameter.key, tf.tensor(flatten([parameter], tensors), [...parameter.shape])]),
    );
    const { ids, mask } = padRows([[2]], 1, network);
    const id = tf.tensor2d(ids.data, [1, 1], 'int32');
    const inputs = { words: network.lookUpWords(values, id), mask: tf.tensor2d(mask.data, [1, 1]), ids: id };
    const { count, readBy, activations } = network.inner;
    const found = activations(values, inputs);
    expect(found.shape).toEqual([1, count]);
    const act = [...found.dataSync()];
    expect(new Set(act).size).toBeGreaterThan(count / 4);

    const first = (weight: tf.Tensor): tf.Tensor => {
      const vectors = network.encode({ ...values, [readBy]: weight }, inputs, { dropout: noDropout, read: 'first' });
      return tf.slice(vectors, [0, 0], [1, 1]);
    };
    const slopes = tf.grad(first)(values[readBy]!);
    expect(slopes.shape).toEqual([network.width, count]);
    const rows = slopes.arraySync() as number[][];
    const strongest = act.indexOf(Math.max(...act));
    // dL/dW[h, f] = dy[h]·a[f], and dy[h] = dL/dW[h, s]/a[s].
    const expected = rows.flatMap((row) => act.map((a) => (row[strongest]! / act[strongest]!) * a));
    expect(rows.flat()).toBeAllclose(expected, { relative: 1e-3, absolute: 1e-5 });
    expect(Math.max(...rows.flat().map(Math.abs))).toBeGreaterThan(1e-3);
  },
);

test.each(Object.values(architectures))('$name: a place’s activations do not depend on the padding behind it', async (architecture) => {
  await tf.setBackend('cpu');
  const { network, parameters, tensors } = tinyModel({ architecture });
  const values = Object.fromEntries(
    parameters.map((parameter) => [parameter.key, tf.tensor(flatten([parameter], tensors), [...parameter.shape])]),
  );
  const row = [0, 7, 9, 2];
  const of = (tokens: number): number[] => {
    const { ids, mask } = padRows([row], tokens, network);
    const id = tf.tensor2d(ids.data, [1, tokens], 'int32');
    const inputs = { words: network.lookUpWords(values, id), mask: tf.tensor2d(mask.data, [1, tokens]), ids: id };
    const found = network.inner.activations(values, inputs);
    expect(found.shape).toEqual([tokens, network.inner.count]);
    return [...tf.slice(found, 0, row.length).dataSync()];
  };
  expect(of(7)).toBeAllclose(of(4), { relative: 1e-4, absolute: 1e-6 });
});
