/** T5's own rules: buckets of relative positions, rows that end in the separator, what code search reads. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { noDropout } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { makeProgram } from '../../testing/program.ts';
import { PAD, tinyModel } from '../../testing/tiny-model.ts';
import { inputsOf, openModel } from '../model.ts';
import { flatten } from '../parameters.ts';
import { padRows } from '../rows.ts';
import { architectures } from './index.ts';
import { bucketOf, positionBias } from './t5-positions.ts';

// Without it the first use of TensorFlow.js' cpu backend prints advice.
tf.enableProdMode();

const buckets = { buckets: 32, maxDistance: 128 };

test('buckets of victims-and-data.md 4.2', () => {
  const both = [0, 1, -1, 7, 8, -8, 15, 16, 31, 64, 128].map((distance) => bucketOf(distance, buckets, 'both'));
  expect(both).toEqual([0, 17, 1, 23, 24, 8, 25, 26, 27, 30, 31]);
  const back = [-1, -15, -16, -31, -64, -128, 1].map((distance) => bucketOf(distance, buckets, 'back'));
  expect(back).toEqual([1, 15, 16, 21, 26, 31, 0]);
});

test('buckets grow with the distance, one by one, up to the last', () => {
  for (const direction of ['both', 'back'] as const) {
    const found = Array.from({ length: 600 }, (_, size) => bucketOf(-size, buckets, direction));
    found.slice(1).forEach((bucket, i) => expect([0, 1]).toContain(bucket - found[i]!));
    expect(found.at(-1)).toBe(direction === 'both' ? 15 : 31);
    expect(found.indexOf(found.at(-1)!)).toBeLessThanOrEqual(128);
  }
});

test.each(['both', 'back'] as const)('the bias of every query and key is its bucket’s, %s', async (direction) => {
  await tf.setBackend('cpu');
  const [tokens, heads] = [37, 3];
  const table = tf.randomUniform<tf.Rank.R2>([32, heads], -1, 1, 'float32', 'a seed');
  const found = positionBias(table, tokens, buckets, direction);
  const values = table.arraySync();
  const expected = Array.from({ length: heads }, (_, head) =>
    Array.from({ length: tokens }, (_, query) =>
      Array.from({ length: tokens }, (_, key) => values[bucketOf(key - query, buckets, direction)]![head]!),
    ),
  );
  expect(found.shape).toEqual([1, 1, heads, tokens, tokens]);
  expect(found.dataSync()).toBeAllclose(expected.flat(2));
});

test('a row that does not end in the separator is refused, with its end and what would do', () => {
  const { network } = tinyModel({ architecture: architectures.t5 });
  expect(() =>
    padRows(
      [
        [0, 5, 2],
        [0, 5, 6],
      ],
      4,
      network,
    ),
  ).toThrow(/one of 3 sub-tokens ends in 6, .* separator, 2/);
  expect(() => padRows([[]], 4, network)).toThrow(/ends in nothing/);
  expect(padRows([[0, 5, 2]], 4, network).mask.data).toEqual(Float32Array.of(1, 1, 1, 0));
  expect(() => padRows([[0, 5, 6]], 4, tinyModel().network)).not.toThrow();
});

test('a decoder with rows of its own gives the states of one that reads the encoder’s rows, shifted, where they are these', async () => {
  await tf.setBackend('cpu');
  const { network, parameters, tensors } = tinyModel({ architecture: architectures.t5 });
  const values = Object.fromEntries(
    parameters.map((parameter) => [parameter.key, tf.tensor(flatten([parameter], tensors), [...parameter.shape])]),
  );
  const rowsOf = (rows: number[][], tokens: number) => {
    const { ids, mask } = padRows(rows, tokens, { words: network.words, rowEnd: null });
    const id = tf.tensor2d(ids.data, [rows.length, tokens], 'int32');
    return { words: network.lookUpWords(values, id), mask: tf.tensor2d(mask.data, [rows.length, tokens]), ids: id };
  };
  const source = [
    [0, 5, 6, 7, 2],
    [0, 9, 2],
  ];
  const shifted = source.map((row) => [PAD, ...row.slice(0, -1)]);
  const whole = network.encode(values, rowsOf(source, 6), { dropout: noDropout, read: 'all' });
  const states = (target: number[][], tokens: number) => network.pair!.decode(values, rowsOf(source, 6), rowsOf(target, tokens), noDropout);
  // Where a row has ended the two read different ids: its separator, or padding.
  const real = tf.reshape(rowsOf(source, 6).mask, [12, 1]);
  expect(tf.mul(states(shifted, 6), real).dataSync()).toBeAllclose([...tf.mul(whole, real).dataSync()]);
  // A state depends on what stands before it alone: shorter targets give the same states.
  const [first, cut] = [
    tf.slice(tf.reshape(whole, [2, 6, 8]), [0, 0, 0], [2, 2, 8]),
    states(
      shifted.map((row) => row.slice(0, 2)),
      2,
    ),
  ];
  expect(cut.dataSync()).toBeAllclose([...first.dataSync()]);
});

test('code search drops line breaks and the text </s>, and words keep their places', () => {
  const config = { size: 'tiny', weights: 'scratch', tokenizer: 'gpt2', maxTokens: 64, comparedWith: null } as const;
  const program = { ...makeProgram('a b c'), tokens: ['a', '"x\ny</s>z"', '</s>', 'c'] };
  const sample: Sample = { id: 'one', label: 1, programs: [program], query: 'find </s> c' };
  const wordsOf = (name: 't5' | 'roberta', task: 'search' | 'defect') => openModel({ ...config, name }, task).task.words(sample);
  expect(wordsOf('t5', 'search')).toEqual([
    ['a', '"xyz"', '', 'c'],
    ['find', '', 'c'],
  ]);
  expect(wordsOf('t5', 'defect')).toEqual([program.tokens]);
  expect(wordsOf('roberta', 'search')[0]).toEqual(program.tokens);
  const model = openModel({ ...config, name: 't5' }, 'search');
  // As the authors' text, in which two blanks then stand where the token was.
  expect(inputsOf(model, [sample])[0]![0]).toEqual([0, ...model.tokenizer.encode('a "xyz"  c'), 2]);
  expect(model.task.words(sample)[0]).toBe(model.task.words(sample)[0]);
});
