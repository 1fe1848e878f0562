/** GPT-BigCode's pass against plain loops: one key and value for all heads, causal, norms before each sub-layer, tanh GELU. */
import type * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { noDropout } from '../../engine/index.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import '../../testing/matchers.ts';
import { padRows, vector } from '../rows.ts';
import { flatSize, flatten, initialTensors, unflatten, viewParameters } from '../parameters.ts';
import { gptBigCodeNetwork } from './gpt-bigcode.ts';

const shape = { layers: 2, width: 12, heads: 3, feedForward: 20, vocabulary: 30, positions: 16, epsilon: 1e-5 };
const network = gptBigCodeNetwork(shape, { pad: 0, sep: 2 });
const rng = makeRng('weights');
// Norms and biases are not 1 and 0, and attention is far from even.
const drawn = flatten(network.parameters, initialTensors(network.parameters, rng)).map((value) => 3 * value + 0.3 * rng.normal());
const tensors = unflatten(network.parameters, drawn);

/** A row of a matrix [rows, columns], or a vector. */
const weights = (name: string, row = 0, columns?: number): number[] => {
  const { data } = tensors.get(`encoder.${name}`)!;
  return columns === undefined ? [...data] : [...data.subarray(row * columns, (row + 1) * columns)];
};
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const dense = (name: string, x: readonly number[]): number[] =>
  weights(`${name}.bias`).map((bias, output) => bias + dot(weights(`${name}.weight`, output, x.length), x));
const add = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value + b[i]!);

function norm(name: string, x: readonly number[]): number[] {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  const [scale, bias] = [weights(`${name}.weight`), weights(`${name}.bias`)];
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + shape.epsilon)) * scale[i]! + bias[i]!);
}

const gelu = (z: number): number => (z / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)));

/** What the last of `tokens` gets of the tokens up to it. */
function attended(tokens: readonly (readonly number[])[], layer: number): number[] {
  const size = shape.width / shape.heads;
  const qkv = tokens.map((token) => dense(`h.${layer}.attn.c_attn`, token));
  const [keys, values] = [shape.width, shape.width + size].map((start) => qkv.map((parts) => parts.slice(start, start + size)));
  const heads = Array.from({ length: shape.heads }, (_, head) => {
    const query = qkv.at(-1)!.slice(head * size, (head + 1) * size);
    const scores = keys!.map((key) => Math.exp(dot(query, key) / Math.sqrt(size)));
    const total = scores.reduce((sum, score) => sum + score, 0);
    return Array.from(
      { length: size },
      (_, i) =>
        dot(
          scores,
          values!.map((value) => value[i]!),
        ) / total,
    );
  });
  return dense(`h.${layer}.attn.c_proj`, heads.flat());
}

/** States of a row's tokens after the final norm. */
function states(row: readonly number[]): number[][] {
  let x = row.map((id, place) => add(weights('wte.weight', id, shape.width), weights('wpe.weight', place, shape.width)));
  for (let layer = 0; layer < shape.layers; layer++) {
    const seen = x.map((token) => norm(`h.${layer}.ln_1`, token));
    x = x.map((token, place) => add(token, attended(seen.slice(0, place + 1), layer)));
    x = x.map((token) =>
      add(token, dense(`h.${layer}.mlp.c_proj`, dense(`h.${layer}.mlp.c_fc`, norm(`h.${layer}.ln_2`, token)).map(gelu))),
    );
  }
  return x.map((token) => norm('ln_f', token));
}

describeOnDevices('GPT-BigCode', (open) => {
  test.each(['first', 'all'] as const)('gives the states of plain loops, reading %s', async (read) => {
    const engine = await open();
    const rows = [
      [1, 7, 9, 11, 9, 2],
      [1, 5, 2],
      [1, 29, 3, 3, 8, 13, 21, 2],
    ];
    const tokens = 10;
    const batch = padRows(rows, tokens, network);
    const theta = vector([...drawn]);
    const program = await engine.compile({
      name: 'encode',
      inputs: { theta: { shape: [flatSize(network.parameters)], dtype: 'float32' }, ...batch },
      keep: [],
      fetch: ['states'],
      body(given) {
        const views = viewParameters(network.parameters, given.theta as tf.Tensor1D);
        const ids = given.ids as tf.Tensor2D;
        const inputs = { words: network.lookUpWords(views, ids), mask: given.mask as tf.Tensor2D, ids };
        return { states: network.encode(views, inputs, { dropout: noDropout, read }) };
      },
    });
    const { fetched } = await program.run({ theta, ...batch });
    await program.release();
    rows.forEach((row, r) => {
      const expected = read === 'all' ? states(row).flat() : states(row).at(-1)!;
      const start = (read === 'all' ? r * tokens : r) * shape.width;
      expect([...fetched.states.subarray(start, start + expected.length)]).toBeAllclose(expected, { relative: 1e-4, absolute: 1e-4 });
    });
  });
});
