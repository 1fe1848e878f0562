/** Dropout masks: how many are kept, what they are scaled by, which seed and place they depend on. */
import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { dropoutPlace, dropoutPool, dropoutSignature, makeDropout, noDropout, planDropout, type DropoutPlan } from './dropout.ts';
import { openEngine } from './index.ts';

beforeEach(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

test.each([0.1, 0.5, 0.9])('at probability %f the pool holds 0 and 1/(1−p), in that proportion', (probability) => {
  const { data, shape } = dropoutPool(planDropout(probability, 1000, 3), makeRng('pool'));
  expect(shape).toEqual([data.length]);
  expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / (1 - probability))]));
  const dropped = data.filter((factor) => factor === 0).length;
  // Five standard deviations of a binomial count.
  const deviation = Math.sqrt(data.length * probability * (1 - probability));
  expect(Math.abs(dropped - data.length * probability)).toBeLessThan(5 * deviation);
  expect(data.length).toBeGreaterThan(1_000_000);
});

test('neighbours are independent: pairs fall into their four kinds as often as they should', () => {
  const { data } = dropoutPool(planDropout(0.5, 1000, 3), makeRng('pairs'));
  for (const distance of [1, 2, 64, 768, 8191]) {
    let both = 0;
    const pairs = data.length - distance;
    for (let i = 0; i < pairs; i++) if (data[i] === 0 && data[i + distance] === 0) both++;
    expect(Math.abs(both - pairs / 4)).toBeLessThan(5 * Math.sqrt((pairs * 3) / 16));
  }
});

test('a seed fixes the pool and the place; another seed gives others', () => {
  const plan = planDropout(0.1, 1000, 3);
  const pool = (seed: string): Buffer => Buffer.from(dropoutPool(plan, makeRng(seed)).data.buffer);
  expect(pool('a').equals(pool('a'))).toBe(true);
  expect(pool('a').subarray(0, 800).equals(pool('b').subarray(0, 800))).toBe(false);
  const place = (seed: string): number => dropoutPlace(plan, makeRng(seed)).windowStart.data[0]!;
  expect(place('a')).toBe(place('a'));
  expect(new Set(Array.from({ length: 100 }, (_, i) => place(`step ${i}`))).size).toBeGreaterThan(95);
});

test('every window lies within the pool', () => {
  const plan = planDropout(0.1, 12_345, 7);
  for (let i = 0; i < 1000; i++) {
    const { windowStart, windowEnd } = dropoutPlace(plan, makeRng(i));
    expect(windowStart.data[0]).toBeGreaterThanOrEqual(0);
    expect(windowEnd.data[0]! - windowStart.data[0]!).toBe(plan.windowSize);
    expect(windowEnd.data[0]).toBeLessThanOrEqual(plan.poolSize);
  }
});

/** Masks of three sites over [20, 30], as an engine computes them. */
async function masks(plan: DropoutPlan, place: ReturnType<typeof dropoutPlace>): Promise<Float32Array[]> {
  const engine = await openEngine({ device: 'cpu', engine: 'onnx', threads: 1 });
  const program = await engine.compile({
    name: 'masks',
    inputs: { x: { shape: [20, 30], dtype: 'float32' }, ...dropoutSignature(plan) },
    keep: [],
    fetch: ['0', '1', '2'],
    body({ x, ...inputs }) {
      const dropout = makeDropout(plan, inputs);
      return { 0: dropout(x), 1: dropout(x), 2: dropout(x) };
    },
  });
  const x = { shape: [20, 30], dtype: 'float32', data: new Float32Array(600).fill(1) } as const;
  const { fetched } = await program.run({ x, pool: dropoutPool(plan, makeRng('pool')), ...place });
  await program.release();
  return [fetched[0], fetched[1], fetched[2]];
}

test('sites of one step differ, steps differ, and the same step is the same again', async () => {
  const plan = planDropout(0.5, 600, 3);
  const step = (seed: string): Promise<Float32Array[]> => masks(plan, dropoutPlace(plan, makeRng(seed)));
  const [first, again, other] = [await step('one'), await step('one'), await step('two')];
  expect(again).toEqual(first);
  const distinct = [...first, ...other].map((mask) => mask.join(''));
  expect(new Set(distinct).size).toBe(6);
  // Independent masks at 0.5 agree on half of 600 elements; 5 deviations are 61.
  const agree = (a: Float32Array, b: Float32Array): number => a.filter((value, i) => value === b[i]).length;
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const)
    expect(Math.abs(agree(first[a]!, first[b]!) - 300)).toBeLessThan(61);
});

test('the last site of the largest tensor reads the end of the window and no further', async () => {
  const plan = planDropout(0.5, 600, 3);
  const furthest = { windowStart: plan.poolSize - plan.windowSize, windowEnd: plan.poolSize };
  const index = (value: number) => ({ shape: [1], dtype: 'int32', data: Int32Array.of(value) }) as const;
  const pool = dropoutPool(plan, makeRng('pool')).data;
  const [, , last] = await masks(plan, { windowStart: index(furthest.windowStart), windowEnd: index(furthest.windowEnd) });
  const place = furthest.windowStart + 2 * 8191;
  expect(last).toEqual(pool.slice(place, place + 600));
});

test('at probability 0, and in evaluation, nothing is changed and nothing is read', () => {
  const x = tf.tensor1d([1, 2]);
  expect(noDropout(x)).toBe(x);
  expect(makeDropout(planDropout(0, 2, 1), { pool: x, windowStart: x, windowEnd: x })(x)).toBe(x);
});
