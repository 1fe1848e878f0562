/** Dropout masks: how many are kept, what they are scaled by, which seed and place they depend on. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { makeRng, type Rng } from '../core/rng.ts';
import {
  dropoutPlace,
  dropoutPool,
  dropoutSignature,
  makeDropout,
  noDropout,
  planDropout,
  type Dropout,
  type DropoutPlan,
} from './dropout.ts';
import { openEagerEngine } from './eager-engine.ts';
import { openEngine, type Engine } from './index.ts';
import { named } from './named.ts';
import { trace } from './trace.ts';

beforeEach(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

test.each([0.1, 0.5, 0.9])('at probability %f the pool holds 0 and 1/(1−p), in that proportion', (probability) => {
  const { data, shape } = dropoutPool(planDropout(probability, 1, [1000, 1000]), makeRng('pool'));
  expect(shape).toEqual([data.length]);
  expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / (1 - probability))]));
  const dropped = data.filter((factor) => factor === 0).length;
  // Five standard deviations of a binomial count.
  const deviation = Math.sqrt(data.length * probability * (1 - probability));
  expect(Math.abs(dropped - data.length * probability)).toBeLessThan(5 * deviation);
  expect(data.length).toBeGreaterThan(1_000_000);
});

test('neighbours are independent: pairs fall into their four kinds as often as they should', () => {
  const { data } = dropoutPool(planDropout(0.5, 1, [1000]), makeRng('pairs'));
  for (const distance of [1, 2, 64, 768, 8191]) {
    let both = 0;
    const pairs = data.length - distance;
    for (let i = 0; i < pairs; i++) if (data[i] === 0 && data[i + distance] === 0) both++;
    expect(Math.abs(both - pairs / 4)).toBeLessThan(5 * Math.sqrt((pairs * 3) / 16));
  }
});

test('a seed fixes the pool and the place; another seed gives others', () => {
  const plan = planDropout(0.1, 1, [1000]);
  const pool = (seed: string): Buffer => Buffer.from(dropoutPool(plan, makeRng(seed)).data.buffer);
  expect(pool('a').equals(pool('a'))).toBe(true);
  expect(pool('a').subarray(0, 800).equals(pool('b').subarray(0, 800))).toBe(false);
  const place = (seed: string): number => dropoutPlace(plan, makeRng(seed)).starts.data[0]!;
  expect(place('a')).toBe(place('a'));
  expect(new Set(Array.from({ length: 100 }, (_, i) => place(`step ${i}`))).size).toBeGreaterThan(95);
});

test('windows have the planned sizes and lie within the pool, whatever the sites and wherever the batch is cut', () => {
  const count = fc.integer({ min: 1, max: 40 });
  const sites = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(sites, count, count, fc.nat(), (perRow, rows, part, seed) => {
      const whole = planDropout(0.1, rows, perRow);
      const cut = planDropout(0.1, Math.min(part, rows), perRow, whole.poolSize);
      const { starts, ends } = dropoutPlace(cut, makeRng(seed), rows - cut.rows);
      perRow.forEach((elements, site) => {
        expect(ends.data[site]! - starts.data[site]!).toBe(cut.rows * elements);
        expect(starts.data[site]).toBeGreaterThanOrEqual(0);
        expect(ends.data[site]).toBeLessThanOrEqual(whole.poolSize);
      });
    }),
    { seed: 1 },
  );
  // The furthest element that any place can reach is the pool's last.
  const furthest = (perRow: number[]): number => planDropout(0.1, 2, perRow).poolSize - (1 << 20);
  expect([furthest([5]), furthest([5, 5]), furthest([9000, 5, 5])]).toEqual([10, 8191 + 10, 18_000]);
});

test('a plan does not share a pool that is too small for it', () => {
  const { poolSize } = planDropout(0.1, 4, [100, 7]);
  expect(planDropout(0.1, 3, [100, 7], poolSize).poolSize).toBe(poolSize);
  expect(() => planDropout(0.1, 4, [100, 7, 1], poolSize)).toThrow(/pool of \d+ elements is too small: \d+ are read/);
});

/** Masks of sites over [rows, 30], [rows, 2, 30] and [rows, 1], as an engine computes them. */
async function masks(plan: DropoutPlan, place: ReturnType<typeof dropoutPlace>, device: Promise<Engine> = open()): Promise<Float32Array[]> {
  const engine = await device;
  const shapes = [[plan.rows, 30], [plan.rows, 2, 30], [plan.rows]];
  const program = await engine.compile({
    name: 'masks',
    inputs: dropoutSignature(plan),
    keep: [],
    fetch: ['0', '1', '2'],
    body(inputs) {
      const dropout = makeDropout(plan, inputs);
      return named(['0', '1', '2'], (site) => dropout(tf.ones(shapes[Number(site)]!)));
    },
  });
  const { fetched } = await program.run({ pool: dropoutPool(plan, makeRng('pool')), ...place });
  await program.release();
  return [fetched[0], fetched[1], fetched[2]];
}

const open = (): Promise<Engine> => openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
const perRow = [30, 60, 1];

test('sites of one step differ, steps differ, and the same step is the same again', async () => {
  const plan = planDropout(0.5, 20, perRow);
  const step = (seed: string): Promise<Float32Array[]> => masks(plan, dropoutPlace(plan, makeRng(seed)));
  const [first, again, other] = [await step('one'), await step('one'), await step('two')];
  expect(again).toEqual(first);
  const distinct = [...first, ...other].map((mask) => mask.join(''));
  expect(new Set(distinct).size).toBe(6);
  // Independent masks at 0.5 agree on half of 600 elements; 5 deviations are 61.
  const agreeing = first[0]!.filter((value, i) => value === first[1]![i]).length;
  expect(Math.abs(agreeing - 300)).toBeLessThan(61);
});

test('every site reads the pool from its own place on, traced and eager alike', async () => {
  const plan = planDropout(0.5, 20, perRow);
  const place = dropoutPlace(plan, makeRng('place'));
  const pool = dropoutPool(plan, makeRng('pool')).data;
  const start = place.starts.data[0]!;
  const expected = perRow.map((elements, site) => pool.slice(start + site * 8191, start + site * 8191 + 20 * elements));
  expect(await masks(plan, place)).toEqual(expected);
  expect(await masks(plan, place, Promise.resolve(openEagerEngine('cpu')))).toEqual(expected);
});

test('a row’s masks do not depend on how its batch is cut', async () => {
  const whole = planDropout(0.5, 12, perRow);
  const rng = (): Rng => makeRng('step');
  const expected = await masks(whole, dropoutPlace(whole, rng()));
  for (const rows of [1, 3, 6]) {
    const cut = { ...whole, rows };
    const parts: Float32Array[][] = [];
    for (let first = 0; first < 12; first += rows) parts.push(await masks(cut, dropoutPlace(cut, rng(), first)));
    const joined = perRow.map((_, site) => Float32Array.from(parts.flatMap((part) => [...part[site]!])));
    expect(joined).toEqual(expected);
  }
});

test('one node a vector cuts the places', () => {
  const plan = planDropout(0.5, 4, Array<number>(9).fill(3));
  const { graph } = trace((inputs) => {
    const dropout = makeDropout(plan, inputs);
    return { y: plan.sites.reduce<tf.Tensor>((x) => dropout(x), tf.ones([4, 3])) };
  }, dropoutSignature(plan));
  expect(graph.nodes.filter(({ opType }) => opType === 'Split')).toHaveLength(2);
  expect(graph.nodes.filter(({ opType }) => opType === 'Slice')).toHaveLength(9);
});

test('a site too many and a site of another size are errors', () => {
  const plan = planDropout(0.5, 4, [3, 2]);
  const begun = (): Dropout => {
    const pool = tf.ones([plan.poolSize]);
    const place = dropoutPlace(plan, makeRng(1));
    return makeDropout(plan, { pool, starts: tf.tensor1d(place.starts.data, 'int32'), ends: tf.tensor1d(place.ends.data, 'int32') });
  };
  expect(() => begun()(tf.ones([4, 2]))).toThrow('dropout site 0: planned are 4 rows of 3 elements, found [4,2]');
  expect(() => begun()(tf.ones([3, 3]))).toThrow('dropout site 0');
  const dropout = begun();
  dropout(tf.ones([12]));
  dropout(tf.ones([2, 4]));
  expect(() => dropout(tf.ones([4, 2]))).toThrow('planned for 2 sites, and there is one more, of [4,2]');
});

test('at probability 0, and in evaluation, nothing is changed, read or kept', () => {
  const x = tf.tensor1d([1, 2]);
  expect(noDropout(x)).toBe(x);
  const plan = planDropout(0, 32, [1_000_000]);
  expect(makeDropout(plan, { pool: x, starts: x, ends: x })(x)).toBe(x);
  expect(plan.poolSize).toBe(1);
});
