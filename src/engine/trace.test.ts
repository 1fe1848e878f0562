/** What tracing records: shared and dropped nodes, errors for what has no translation, a backend left as it was found. */
import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, test } from 'vitest';
import type { TensorSpec } from './contracts.ts';
import { GraphBuilder } from './graph.ts';
import { trace } from './trace.ts';

const x: TensorSpec = { shape: [2, 3], dtype: 'float32' };
/** Nodes besides the identity that names the output. */
const nodes = (body: (x: tf.Tensor) => tf.Tensor, spec = x): number =>
  trace(({ x: input }) => ({ y: body(input!) }), { x: spec }).graph.nodes.length - 1;

beforeEach(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

test('equal nodes are recorded once', () => {
  expect(nodes((t) => tf.exp(t))).toBe(1);
  expect(nodes((t) => tf.mul(tf.exp(t), tf.exp(t)))).toBe(2);
  // The same operation on something else, or with another attribute, is another node.
  expect(nodes((t) => tf.add(tf.exp(t), tf.exp(tf.neg(t))))).toBe(4);
  expect(nodes((t) => tf.concat([tf.sum(t, 0, true), tf.sum(t, 0, true)]))).toBe(2);
  expect(nodes((t) => tf.concat([tf.sum(t, 0), tf.sum(t, 1)]))).toBe(3);
});

test('what no output needs is dropped', () => {
  const body = (t: tf.Tensor): tf.Tensor => {
    tf.tanh(tf.exp(t));
    return tf.neg(t);
  };
  expect(nodes(body)).toBe(1);
});

test('a gradient records only what it reads', () => {
  const loss = (t: tf.Tensor): tf.Scalar => tf.sum(tf.square(t));
  // 2·x: the sum itself is not among the outputs.
  const { graph } = trace(({ x: t }) => ({ g: tf.grad(loss)(t!) }), { x });
  expect(graph.nodes.length).toBeLessThan(trace(({ x: t }) => ({ g: tf.grad(loss)(t!), l: loss(t!) }), { x }).graph.nodes.length);
});

test('operations that change nothing leave no node', () => {
  expect(nodes((t) => tf.reshape(tf.transpose(tf.add(tf.mul(tf.div(t, 1), 1), 0), [0, 1]), [2, 3]))).toBe(0);
  expect(nodes((t) => tf.addN([t, tf.zerosLike(t)]))).toBe(0);
  // An operand that widens the result is needed, neutral or not.
  expect(nodes((t) => tf.mul(t, tf.fill([2, 2, 3], 1)))).toBeGreaterThan(0);
});

test('a kernel without a translation fails at trace time with its name', () => {
  expect(() => nodes((t) => tf.cos(t))).toThrow(/Cos/);
  expect(() => nodes((t) => tf.gather(t, tf.tensor2d([[0], [1]], [2, 1], 'int32'), 1, 1))).toThrow(/batchDims/);
});

test('a tensor from outside the program is an error', () => {
  const outside = tf.tensor2d([[1, 2, 3]]);
  expect(() => nodes((t) => tf.add(t, outside))).toThrow(/outside the traced program/);
  let leaked: tf.Tensor | undefined;
  nodes((t) => (leaked = tf.exp(t)));
  expect(() => nodes((t) => tf.add(t, leaked!))).toThrow(/outside the traced program/);
});

test('truth values and strings do not leave or enter a program', () => {
  expect(() => nodes((t) => tf.greater(t, 0))).toThrow(/bool/);
  expect(() => nodes((t) => tf.add(t, tf.tensor1d(['a'], 'string')))).toThrow();
});

test('the backend in use before is in use after, also after an error', () => {
  nodes((t) => tf.exp(t));
  expect(tf.getBackend()).toBe('cpu');
  expect(() => nodes((t) => tf.cos(t))).toThrow();
  expect(tf.getBackend()).toBe('cpu');
  expect(tf.exp(0).dataSync()[0]).toBe(1);
});

test('outputs are described with their shapes and types', () => {
  const { outputs } = trace(({ x: t }) => ({ sum: tf.sum(t!, 0), whole: tf.cast(t!, 'int32') }), { x });
  expect(outputs).toEqual({ sum: { shape: [3], dtype: 'float32' }, whole: { shape: [2, 3], dtype: 'int32' } });
});

test('a trace is a function of the program: equal nodes each time', () => {
  const once = (): unknown => trace(({ x: t }) => ({ y: tf.softmax(tf.mul(t!, 3)) }), { x }).graph.nodes;
  expect(once()).toEqual(once());
});

test('the builder pools equal small constants and keeps what the outputs need', () => {
  const graph = new GraphBuilder();
  const input = graph.input('x', 'float32', [2]);
  expect(graph.integers([1, 2])).toBe(graph.integers([1, 2]));
  expect(graph.integers([1, 2]).name).not.toBe(graph.integers([2, 1]).name);
  expect(graph.scalar(1, 'float32').name).not.toBe(graph.scalar(1, 'int32').name);
  const sum = graph.node('Add', [input, graph.scalar(1, 'float32')], [2], 'float32');
  expect(graph.node('Add', [input, graph.scalar(1, 'float32')], [2], 'float32')).toBe(sum);
  expect(graph.node('Sub', [input, graph.scalar(1, 'float32')], [2], 'float32')).not.toBe(sum);
  graph.node('Exp', [sum], [2], 'float32');
  // Add and the identity that names it; Sub and Exp are dead.
  expect(graph.finish({ y: sum }).nodes.length).toBe(2);
});

test('a trace leaves no tensors behind in TensorFlow.js', () => {
  const program = (): unknown => trace(({ x: t }) => ({ g: tf.grad((u: tf.Tensor) => tf.sum(tf.softmax(u)))(t!) }), { x });
  const before = tf.memory().numTensors;
  program();
  expect(tf.memory().numTensors).toBe(before);
});
