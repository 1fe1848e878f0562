/** Programs on every device: equal inputs give equal bytes, state goes round, wrong inputs and devices are refused. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { UserError } from '../core/errors.ts';
import { makeRng } from '../core/rng.ts';
import { describeOnDevices } from '../testing/engines.ts';
import '../testing/matchers.ts';
import type { Engine, HostValue, ProgramSource } from './contracts.ts';
import { openEagerEngine } from './eager-engine.ts';
import { layerNorm, linear, lookUpRows, openEngine } from './index.ts';

const random = (seed: string, ...shape: number[]): HostValue => {
  const rng = makeRng(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length }, () => rng.normal()) };
};

const [ROWS, WIDTH, TABLE] = [96, 64, 50];
const inputs = {
  table: random('table', TABLE, WIDTH),
  weight: random('weight', WIDTH, WIDTH),
  bias: random('bias', WIDTH),
  ids: { shape: [ROWS], dtype: 'int32', data: Int32Array.from({ length: ROWS }, (_, i) => (i * i) % 7) },
} as const satisfies Record<string, HostValue>;

/** Products, reductions and rows that are read many times: where the order of additions could change. */
const source: ProgramSource<keyof typeof inputs, 'gradient', 'loss'> = {
  name: 'a little of everything',
  inputs,
  keep: ['gradient'],
  fetch: ['loss'],
  body({ table, weight, bias, ids }) {
    const loss = (t: tf.Tensor): tf.Scalar => {
      const rows = lookUpRows(t as tf.Tensor2D, ids as tf.Tensor1D);
      const normal = layerNorm(linear(rows, weight as tf.Tensor2D, bias as tf.Tensor1D), bias as tf.Tensor1D, bias as tf.Tensor1D, 1e-5);
      return tf.mean(tf.square(tf.softmax(tf.matMul(normal, rows, false, true))));
    };
    const { value, grad } = tf.valueAndGrad(loss)(table);
    return { gradient: grad, loss: value };
  },
};

async function runOnce(engine: Engine): Promise<{ loss: Float32Array; gradient: Float32Array }> {
  const program = await engine.compile(source);
  const { kept, fetched } = await program.run(inputs);
  const gradient = (await engine.download(kept.gradient)).slice();
  kept.gradient.dispose();
  await program.release();
  return { loss: fetched.loss.slice(), gradient };
}

describeOnDevices('programs', (open, device) => {
  test('equal inputs give equal bytes, in one compiled program and in two', async () => {
    const engine = await open();
    const program = await engine.compile(source);
    const twice = [await program.run(inputs), await program.run(inputs)];
    const bytes = await Promise.all(twice.map(({ kept }) => engine.download(kept.gradient)));
    expect(bytes[0]).toEqual(bytes[1]);
    expect(twice[0]!.fetched.loss).toEqual(twice[1]!.fetched.loss);
    const elsewhere = await runOnce(await openEngine({ device, engine: 'traced', threads: 2 }));
    expect(elsewhere).toEqual({ gradient: bytes[0], loss: twice[0]!.fetched.loss });
    expect(elsewhere.gradient.some((value) => value !== 0)).toBe(true);
    await program.release();
  });

  test('what is computed is what the eager engine computes', async () => {
    const [ours, eager] = [await runOnce(await open()), await runOnce(openEagerEngine('cpu'))];
    expect(ours.loss).toBeAllclose(eager.loss, { relative: 1e-4 });
    expect(ours.gradient).toBeAllclose(eager.gradient, { relative: 1e-3, absolute: 1e-6 });
  });

  test('a tensor goes to the device and back, whatever its type', async () => {
    const engine = await open();
    const whole: HostValue = { shape: [2, 2], dtype: 'int32', data: Int32Array.of(-1, 0, 2147483647, 7) };
    for (const value of [random('there and back', 3, 5), whole]) {
      const tensor = await engine.upload(value);
      expect({ shape: tensor.shape, dtype: tensor.dtype }).toEqual({ shape: value.shape, dtype: value.dtype });
      expect(await engine.download(tensor)).toEqual(value.data);
      // Reading it does not use it up.
      expect(await engine.download(tensor)).toEqual(value.data);
      tensor.dispose();
    }
  });

  test('state that is kept goes in again as it is', async () => {
    const engine = await open();
    const program = await engine.compile({
      name: 'count',
      inputs: { state: { shape: [3], dtype: 'float32' } },
      keep: ['state'],
      fetch: ['sum'],
      body: ({ state }) => ({ state: tf.add(state, 1), sum: tf.sum(state) }),
    });
    let state = await engine.upload({ shape: [3], dtype: 'float32', data: Float32Array.of(0, 10, 20) });
    const sums: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { kept, fetched } = await program.run({ state });
      state.dispose();
      state = kept.state;
      sums.push(fetched.sum[0]!);
    }
    expect(sums).toEqual([30, 33, 36, 39]);
    expect(await engine.download(state)).toEqual(Float32Array.of(4, 14, 24));
    await program.release();
  });

  test('an input that is missing, of another shape or type is refused with its name', async () => {
    const engine = await open();
    const program = await engine.compile(source);
    const wrong = (changed: object): Promise<unknown> => program.run({ ...inputs, ...changed });
    await expect(wrong({ bias: undefined })).rejects.toThrow(/“bias” is missing/);
    await expect(wrong({ bias: random('b', WIDTH + 1) })).rejects.toThrow(/“bias” must be float32 \[64\], found float32 \[65\]/);
    await expect(wrong({ ids: random('i', ROWS) })).rejects.toThrow(/“ids” must be int32 \[96\], found float32/);
    await program.release();
  });
});

test('what is asked for by name is used or refused, never replaced', async () => {
  // Whether this machine has the device is not ours to say.
  const outcome = await openEngine({ device: 'cuda', engine: 'traced' }).catch((error: unknown) => error);
  if (outcome instanceof Error) {
    expect(outcome).toBeInstanceOf(UserError);
    expect(outcome.message).toContain('--device cuda');
  } else {
    expect((outcome as Engine).device).toBe('onnx/cuda');
    await (outcome as Engine).close();
  }
  await expect(openEngine({ device: 'cpu', engine: 'tfjs-node-gpu' })).rejects.toThrow(/--device cuda/);
});

test('the eager engine frees what a run allocated', async () => {
  const engine = openEagerEngine('cpu');
  const run = async (): Promise<void> => {
    await runOnce(engine);
  };
  await run();
  const before = tf.memory().numTensors;
  await run();
  expect(tf.memory().numTensors).toBe(before);
});
