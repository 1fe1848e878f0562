/** The GPU engine on what the kernels' own tests do not reach: sizes beyond one tile or workgroup, determinism, tensors, profile. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import { largestRelativeError } from '../../testing/matchers.ts';
import type { Engine, HostValue, ProgramSource } from '../contracts.ts';
import { openEagerEngine } from '../eager-engine.ts';
import { openEngine } from '../index.ts';
import { layerNorm, lookUpRows } from '../ops.ts';

const eager = openEagerEngine('cpu');

function numbers(shape: readonly number[], seed: number): HostValue {
  const rng = makeRng(seed);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.uniform() - 0.5) };
}

const sourceOf = <In extends string>(
  inputs: Readonly<Record<In, HostValue>>,
  body: (inputs: Record<In, tf.Tensor>) => tf.Tensor,
): ProgramSource<In, never, 'y'> => ({ name: 'test', inputs, keep: [], fetch: ['y'], body: (values) => ({ y: body(values) }) });

async function result<In extends string>(
  engine: Engine,
  inputs: Readonly<Record<In, HostValue>>,
  body: (inputs: Record<In, tf.Tensor>) => tf.Tensor,
) {
  const program = await engine.compile(sourceOf(inputs, body));
  const { fetched } = await program.run(inputs);
  await program.release();
  return fetched.y;
}

describeOnDevices('programs beyond one workgroup', (open, device) => {
  const both = async <In extends string>(inputs: Readonly<Record<In, HostValue>>, body: (inputs: Record<In, tf.Tensor>) => tf.Tensor) =>
    largestRelativeError(await result(await open(), inputs, body), await result(eager, inputs, body));

  test('products of any size, transposed or not', async () => {
    const size = fc.integer({ min: 1, max: 150 });
    await fc.assert(
      fc.asyncProperty(
        size,
        size,
        size,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (m, n, k, transA, transB, batch) => {
          const inputs = { a: numbers([batch, ...(transA ? [k, m] : [m, k])], m), b: numbers([batch, ...(transB ? [n, k] : [k, n])], n) };
          expect(await both(inputs, ({ a, b }) => tf.matMul(a, b, transA, transB))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: device === 'webgpu' ? 8 : 20 },
    );
  });

  test('a product whose sum is cut into parts', async () => {
    const inputs = { a: numbers([3000, 12], 1), b: numbers([3000, 20], 2) };
    expect(await both(inputs, ({ a, b }) => tf.matMul(a, b, true, false))).toBeLessThan(1e-5);
  });

  test('long sums are as exact as float32 allows', async () => {
    const x = numbers([300_000], 3);
    const exact = [...x.data].reduce((sum, value) => sum + value * value, 0);
    const [sum] = await result(await open(), { x }, ({ x: t }) => tf.reshape(tf.sum(tf.square(t)), [1]));
    expect(Math.abs(sum! / exact - 1)).toBeLessThan(device === 'webgpu' ? 1e-6 : 1e-3);
  });

  test('column sums, sums over separate axes, means', async () => {
    const x = numbers([7, 300, 24], 4);
    expect(await both({ x }, ({ x: t }) => tf.sum(t, [0, 1]))).toBeLessThan(1e-5);
    expect(await both({ x }, ({ x: t }) => tf.sum(t, [0, 2]))).toBeLessThan(1e-5);
    expect(await both({ x }, ({ x: t }) => tf.mean(t, 1))).toBeLessThan(1e-5);
  });

  // Some fit into a workgroup's registers and others do not, one element at a time (4,096 fit) and four (16,384).
  const widths = [1, 5, 31, 32, 100, 400, 1024, 4096, 4097, 5003, 16_388, 50_265];

  test('soft-max over rows of any length', async () => {
    for (const width of widths) {
      expect(await both({ x: numbers([3, width], width) }, ({ x }) => tf.softmax(tf.mul(x, 20)))).toBeLessThan(1e-5);
    }
  });

  test('layer norm over rows of any length', async () => {
    // Over one element there is no deviation to divide by.
    for (const width of widths.slice(1)) {
      const inputs = { x: numbers([3, width], width), scale: numbers([width], 1), bias: numbers([width], 2) };
      const body = ({ x, scale, bias }: Record<'x' | 'scale' | 'bias', tf.Tensor>): tf.Tensor =>
        layerNorm(tf.add<tf.Tensor2D>(x, 0.5), scale as tf.Tensor1D, bias as tf.Tensor1D, 1e-5);
      expect(await both(inputs, body)).toBeLessThan(1e-5);
    }
  });

  test('the largest of rows of any length, and where they stand', async () => {
    for (const width of widths) {
      const found = await both({ x: numbers([3, width], width) }, ({ x }) => {
        const { values, indices } = tf.topk(x, Math.min(width, 4));
        return tf.concat([tf.mul(values, width), tf.cast(indices, 'float32')], 1);
      });
      expect(found).toBeLessThan(1e-6);
    }
  });

  test('rows added at indices that repeat within and across neighbourhoods, the same bytes every time', async () => {
    const rng = makeRng(5);
    const ids: HostValue = { shape: [700], dtype: 'int32', data: Int32Array.from({ length: 700 }, () => rng.integer(9)) };
    const inputs = { table: numbers([9, 12], 6), scale: numbers([700, 12], 7), ids };
    const body = ({ table, scale, ids: at }: Record<'table' | 'scale' | 'ids', tf.Tensor>): tf.Tensor =>
      tf.grad((t: tf.Tensor) => tf.sum(tf.mul(lookUpRows(t as tf.Tensor2D, at as tf.Tensor1D), scale)))(table);
    expect(await both(inputs, body)).toBeLessThan(1e-5);
    expect(await result(await open(), inputs, body)).toEqual(await result(await open(), inputs, body));
  });
});

describeOnDevices('tensors on the device', (open) => {
  test('go up and come down as they were; a disposed one is an error', async () => {
    const engine = await open();
    const x = numbers([33], 8);
    const tensor = await engine.upload(x);
    expect(await engine.download(tensor)).toEqual(x.data);
    const program = await engine.compile(sourceOf({ x }, ({ x: t }) => tf.exp(t)));
    tensor.dispose();
    await expect(program.run({ x: tensor })).rejects.toThrow('after it was disposed of');
    await program.release();
  });

  test('a tensor of another engine is refused', async () => {
    await expect((await open()).download(await eager.upload(numbers([2], 9)))).rejects.toThrow('belongs to another engine');
  });
});

describeOnDevices('profile', (_open, device) => {
  test('names what took the time', async () => {
    const engine = await openEngine({ device, engine: 'traced', threads: 1, profile: true });
    const inputs = { a: numbers([64, 64], 1), b: numbers([64, 64], 2) };
    const program = await engine.compile(sourceOf(inputs, ({ a, b }) => tf.tanh(tf.matMul(a, b))));
    for (let run = 0; run < 3; run++) await program.run(inputs);
    const times = (await engine.profile()).filter(({ program: name }) => name === 'test');
    expect(times.map(({ kernel }) => kernel).join('; ')).toMatch(device === 'webgpu' ? /product/ : /MatMul/);
    expect(times.every(({ seconds, calls }) => seconds >= 0 && calls >= 2)).toBe(true);
    await program.release();
    await engine.close();
  });
});
