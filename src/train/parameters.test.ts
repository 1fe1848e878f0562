/** The flat parameter vector: there and back, one key a parameter, initial values as the reference gives them. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { robertaParameters } from './models/roberta.ts';
import { flatSize, flatten, initialTensors, sizeOf, tensorShapes, unflatten, viewParameters, type Parameter } from './parameters.ts';
import { defect } from './tasks/defect.ts';

// Without it the first use of TensorFlow.js' cpu backend prints advice.
tf.enableProdMode();

const base = { layers: 12, width: 768, heads: 12, feedForward: 3072, vocabulary: 50265, positions: 514, types: 1, epsilon: 1e-5 };

test('base is RoBERTa-base: its published 124,645,632 parameters less the pooler’s 590,592', () => {
  expect(flatSize(robertaParameters(base, 1))).toBe(124_645_632 - (768 * 768 + 768));
});

test.each([base, { ...base, layers: 2 }, { ...base, layers: 2, width: 8, heads: 2 }])(
  'keys and tensor names are unique: $layers layers, width $width',
  (shape) => {
    const parameters = [...robertaParameters(shape, 1), ...defect.head(shape.width)];
    const names = parameters.flatMap(({ tensors }) => tensors);
    expect(new Set(parameters.map(({ key }) => key)).size).toBe(parameters.length);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^(encoder|classifier)\./.test(name))).toEqual([]);
  },
);

test('tensors become one vector and tensors again, in equal parts where several share a parameter', () => {
  const { parameters, tensors, size } = tinyModel();
  const flat = flatten(parameters, tensors);
  expect(flat).toHaveLength(size);
  expect(unflatten(parameters, flat)).toEqual(tensors);
  expect(tensorShapes(parameters)).toEqual(new Map([...tensors].map(([name, { shape }]) => [name, shape])));
});

test('a tensor that is missing or of another shape is an error with its name', () => {
  const { parameters, tensors } = tinyModel();
  const name = 'encoder.encoder.layer.0.attention.self.key.weight';
  const without = new Map([...tensors].filter(([other]) => other !== name));
  expect(() => flatten(parameters, without)).toThrow(`${name}: expected [8,8]`);
  expect(() => flatten(parameters, new Map(tensors).set(name, { shape: [4, 16], data: new Float32Array(64) }))).toThrow(/found \[4,16\]/);
});

test('inside a program the vector is cut where the tensors lie, and two parameters never share a key', () => {
  const parameters: Parameter[] = [
    { key: 'a', tensors: ['a1', 'a2'], shape: [4, 1], initial: { kind: 'constant', value: 0 } },
    { key: 'b', tensors: ['b'], shape: [3], initial: { kind: 'constant', value: 0 } },
  ];
  const views = viewParameters(parameters, tf.tensor1d([1, 2, 3, 4, 5, 6, 7]));
  expect(views['a']!.arraySync()).toEqual([[1], [2], [3], [4]]);
  expect(views['b']!.arraySync()).toEqual([5, 6, 7]);
  expect(() => viewParameters([...parameters, parameters[0]!], tf.zeros([11]))).toThrow(/“a”/);
});

test('initial values: norms 1 and 0, biases 0, the pad row 0, weights normal, the head uniform in ±1/√width', () => {
  const { tensors, network: shape } = tinyModel({ vocabulary: 4000 });
  const data = (name: string): Float32Array => tensors.get(name)!.data;
  const words = data('encoder.embeddings.word_embeddings.weight');
  expect(new Set(data('encoder.embeddings.LayerNorm.weight'))).toEqual(new Set([1]));
  expect(new Set(data('encoder.encoder.layer.1.output.LayerNorm.bias'))).toEqual(new Set([0]));
  expect(new Set(data('encoder.encoder.layer.0.attention.self.query.bias'))).toEqual(new Set([0]));
  expect(new Set(words.subarray(shape.width, 2 * shape.width))).toEqual(new Set([0]));
  // 0.02 at 768 features, wider for narrower models (roberta.ts says why).
  const deviation = 0.02 * Math.sqrt(768 / shape.width);
  const measured = Math.sqrt(words.reduce((sum, value) => sum + value * value, 0) / words.length);
  expect(measured / deviation).toBeGreaterThan(0.97);
  expect(measured / deviation).toBeLessThan(1.03);
  const bound = 1 / Math.sqrt(shape.width);
  const head = data('classifier.dense.weight');
  expect(head.every((value) => Math.abs(value) <= bound)).toBe(true);
  expect(Math.max(...head)).toBeGreaterThan(0.8 * bound);
  expect(Math.min(...head)).toBeLessThan(-0.8 * bound);
});

test('initial values depend on the seed and the tensor’s name, not on what else there is', () => {
  const { parameters, tensors } = tinyModel();
  const again = initialTensors(parameters, makeRng('tiny model'));
  const other = initialTensors(parameters, makeRng('another seed'));
  const fewer = initialTensors(parameters.slice(5), makeRng('tiny model'));
  const query = 'encoder.encoder.layer.0.attention.self.query.weight';
  expect(again).toEqual(tensors);
  expect(other.get(query)).not.toEqual(tensors.get(query));
  expect(fewer.get(query)).toEqual(tensors.get(query));
  expect(tensors.get(query.replace('query', 'key'))).not.toEqual(tensors.get(query));
  expect(sizeOf([])).toBe(1);
});
