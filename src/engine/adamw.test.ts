/** The optimiser against its formula, and the schedule's vector (victims-and-data.md 4.5). */
import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import '../testing/matchers.ts';
import { adamwUpdate, linearSchedule, stepSize } from './adamw.ts';
import type { HostValue } from './contracts.ts';
import { openEngine } from './index.ts';

test('the schedule is the vector of victims-and-data.md 4.5', () => {
  const factors = Array.from({ length: 10 }, (_, step) => linearSchedule(step, 10, 2));
  expect(factors).toEqual([0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]);
});

test('the schedule rises, falls, stays within 0..1 and may have no or a fractional warm-up', () => {
  expect([0, 1, 2, 3, 4].map((step) => linearSchedule(step, 4, 0))).toEqual([1, 0.75, 0.5, 0.25, 0]);
  expect(linearSchedule(0, 5, 0.5)).toBe(0);
  expect(linearSchedule(1, 5, 0.5)).toBeCloseTo(4 / 4.5, 12);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (steps, share) => {
      const warmup = share * steps;
      const factors = Array.from({ length: steps + 1 }, (_, step) => linearSchedule(step, steps, warmup));
      factors.forEach((factor, step) => {
        expect(factor).toBeGreaterThanOrEqual(0);
        expect(factor).toBeLessThanOrEqual(1);
        if (step > 0 && step < warmup) expect(factor).toBeGreaterThan(factors[step - 1]!);
        if (step > warmup + 1) expect(factor).toBeLessThan(factors[step - 1]!);
      });
      expect(factors[steps]).toBe(0);
    }),
    { seed: 1 },
  );
});

test('the step size carries the bias correction', () => {
  expect(stepSize(1, 1)).toBeCloseTo(Math.sqrt(0.001) / 0.1, 12);
  expect(stepSize(2e-5, 100_000)).toBeCloseTo(2e-5, 12);
});

/** The formula in double precision, one step. */
function formula(state: Record<'theta' | 'm' | 'v', number[]>, gradient: number[], learningRate: number, t: number, clip: number) {
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  const g = gradient.map((one) => one * Math.min(1, clip / (norm + 1e-6)));
  const m = state.m.map((one, i) => 0.9 * one + 0.1 * g[i]!);
  const v = state.v.map((one, i) => 0.999 * one + 0.001 * g[i]! ** 2);
  const rate = (learningRate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
  return { theta: state.theta.map((one, i) => one - (rate * m[i]!) / (Math.sqrt(v[i]!) + 1e-8)), m, v, norm };
}

const flat = (values: ArrayLike<number>): HostValue => ({ shape: [values.length], dtype: 'float32', data: Float32Array.from(values) });

async function compileUpdate(size: number, clip: number) {
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const vector = { shape: [size], dtype: 'float32' } as const;
  const program = await engine.compile({
    name: 'update',
    inputs: { theta: vector, m: vector, v: vector, gradient: vector, rate: { shape: [1], dtype: 'float32' } },
    keep: [],
    fetch: ['theta', 'm', 'v', 'norm'],
    body({ theta, m, v, gradient, rate }) {
      const state = { theta: theta as tf.Tensor1D, m: m as tf.Tensor1D, v: v as tf.Tensor1D };
      const { norm, ...next } = adamwUpdate(state, gradient as tf.Tensor1D, rate as tf.Tensor1D, clip);
      return { ...next, norm };
    },
  });
  return program;
}

test.each([
  { clip: 1, scale: 10, name: 'gradients above the clipping norm' },
  { clip: 1, scale: 0.01, name: 'gradients below it' },
  // √v is near ε here: adding ε after bias correction would give steps of another size.
  { clip: 1, scale: 1e-7, name: 'gradients of the size of ε' },
])('five updates follow the formula: $name', async ({ clip, scale }) => {
  const size = 37;
  const rng = makeRng(`adamw ${scale}`);
  const program = await compileUpdate(size, clip);
  const start = Array.from({ length: size }, () => Math.fround(rng.normal()));
  const zeros = Array<number>(size).fill(0);
  let expected = { theta: start, m: zeros, v: zeros };
  let state = { theta: flat(start), m: flat(zeros), v: flat(zeros) };
  for (let t = 1; t <= 5; t++) {
    const gradient = Array.from({ length: size }, () => Math.fround(rng.normal() * scale));
    const { norm, ...next } = formula(expected, gradient, 1e-2, t, clip);
    const { fetched } = await program.run({ ...state, gradient: flat(gradient), rate: flat([stepSize(1e-2, t)]) });
    expect(fetched.norm).toBeAllclose([norm], { relative: 1e-5, absolute: 0 });
    // The moves, not the parameters: parameters near 1 would hide them.
    const moves = (from: ArrayLike<number>): number[] => Array.from(from, (value, i) => value - start[i]!);
    expect(moves(fetched.theta)).toBeAllclose(moves(next.theta), { relative: 1e-4, absolute: 1e-6 });
    expect(fetched.m).toBeAllclose(next.m, { relative: 1e-4, absolute: scale * 1e-6 });
    expect(fetched.v).toBeAllclose(next.v, { relative: 1e-4, absolute: scale * scale * 1e-7 });
    expected = next;
    state = { theta: flat(fetched.theta), m: flat(fetched.m), v: flat(fetched.v) };
  }
  await program.release();
});

test('what has no gradient does not move by a bit', async () => {
  const program = await compileUpdate(4, 1);
  const theta = [0.1, -0.3, 1e-20, 7];
  const zeros = [0, 0, 0, 0];
  const { fetched } = await program.run({
    theta: flat(theta),
    m: flat(zeros),
    v: flat(zeros),
    gradient: flat([0, 5, 0, 0]),
    rate: flat([0.01]),
  });
  expect([0, 2, 3].map((i) => fetched.theta[i])).toEqual([0, 2, 3].map((i) => Math.fround(theta[i]!)));
  expect(fetched.theta[1]).not.toBe(Math.fround(theta[1]!));
  await program.release();
});

test('the norm of millions of elements is precise, and rows without a gradient change no bit of it', async () => {
  const size = (1 << 23) + 1000;
  const rng = makeRng('long');
  const gradient = new Float32Array(size);
  for (let i = 0; i < size; i++) gradient[i] = rng.uniform();
  const exact = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  const normOf = async (values: Float32Array): Promise<number> => {
    const program = await compileUpdate(values.length, 1);
    const zeros = flat(new Float32Array(values.length));
    const { fetched } = await program.run({ theta: zeros, m: zeros, v: zeros, gradient: flat(values), rate: flat([0.01]) });
    await program.release();
    return fetched.norm[0]!;
  };
  const norm = await normOf(gradient);
  expect(norm / exact).toBeCloseTo(1, 5);
  // 768 features: three rows more, in the middle.
  const longer = new Float32Array(size + 3 * 768);
  longer.set(gradient.subarray(0, 768_000));
  longer.set(gradient.subarray(768_000), 768_000 + 3 * 768);
  expect(await normOf(longer)).toBe(norm);
});
