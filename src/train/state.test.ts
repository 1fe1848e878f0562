/** The optimiser's state: saved and restored to the byte, counted, replaced without a leak. */
import { expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { describeOnDevices } from '../testing/engines.ts';
import '../testing/matchers.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { flatSize, flatten } from './parameters.ts';
import { closeState, nextUpdate, replaceState, saveState, startState, trainedTensors } from './state.ts';

const model = tinyModel();
const partition = { trained: model.parameters.slice(3), frozen: model.parameters.slice(0, 3) };
const size = flatSize(partition.trained);
const vector = (value: number) => ({ shape: [size], dtype: 'float32', data: new Float32Array(size).fill(value) }) as const;

describeOnDevices('training state', (open) => {
  test('starts at the tensors, with moments of 0', async () => {
    const engine = await open();
    const state = await startState(engine, partition, model.tensors);
    expect(await engine.download(state.theta)).toEqual(flatten(partition.trained, model.tensors));
    expect(await engine.download(state.frozen)).toEqual(flatten(partition.frozen, model.tensors));
    expect(new Set([...(await engine.download(state.m)), ...(await engine.download(state.v))])).toEqual(new Set([0]));
    const trained = await trainedTensors(engine, partition, state);
    expect([...trained]).toEqual([...model.tensors].filter(([name]) => trained.has(name)));
    expect(trained.size).toBeGreaterThan(10);
  });

  test('is saved and restored to the byte, denormals, infinities and NaN included', async () => {
    const engine = await open();
    const state = await startState(engine, partition, model.tensors);
    const odd = { ...vector(0.1), data: vector(0.1).data.map((_, i) => [1e-40, -0, Infinity, Number.NaN, 0.1][i % 5]!) };
    replaceState(state, { theta: await engine.upload(odd), m: await engine.upload(vector(2)), v: await engine.upload(vector(3)) });
    const files = await saveState(engine, state);
    expect(Object.fromEntries([...files].map(([name, { byteLength }]) => [name, byteLength]))).toEqual({
      theta: 4 * size,
      m: 4 * size,
      v: 4 * size,
    });
    const restored = await startState(engine, partition, model.tensors, { files, step: 17 });
    expect(restored.step).toBe(17);
    expect(await engine.download(restored.frozen)).toEqual(await engine.download(state.frozen));
    expect(await saveState(engine, restored)).toEqual(files);
  });
});

test('a truncated or missing vector is refused', async () => {
  const engine = await openEngine({ device: 'cpu', engine: 'traced' });
  const state = await startState(engine, partition, model.tensors);
  const files = await saveState(engine, state);
  const short = new Map(files).set('m', files.get('m')!.subarray(4));
  const restore = (from: ReadonlyMap<string, Uint8Array>) => startState(engine, partition, model.tensors, { files: from, step: 1 });
  await expect(restore(short)).rejects.toThrow(/“m”: expected \d+ bytes, found \d+/);
  await expect(restore(new Map())).rejects.toThrow(/“theta”: .* found 0/);
});

test('updates are counted, and each has its step size', async () => {
  const engine = await openEngine({ device: 'cpu', engine: 'traced' });
  const state = await startState(engine, { trained: partition.trained, frozen: [] }, model.tensors);
  expect(state.frozen.shape).toEqual([1]);
  const sizes = [0.1, 0.1, 0].map((rate) => nextUpdate(state, rate).stepSize.data[0]!);
  expect(state.step).toBe(3);
  // lr·√(1−β2ᵗ)/(1−β1ᵗ) at t = 1, 2, 3.
  expect(sizes).toBeAllclose([(0.1 * Math.sqrt(0.001)) / 0.1, (0.1 * Math.sqrt(0.001999)) / 0.19, 0]);
});

test('bytes that do not lie on a float’s border are read all the same', async () => {
  const engine = await openEngine({ device: 'cpu', engine: 'traced' });
  const state = await startState(engine, partition, model.tensors);
  const files = await saveState(engine, state);
  const shifted = new Map([...files].map(([name, bytes]) => [name, Buffer.concat([Buffer.from('x'), bytes]).subarray(1)]));
  expect([...shifted.values()].some(({ byteOffset }) => byteOffset % 4 !== 0)).toBe(true);
  const restored = await startState(engine, partition, model.tensors, { files: shifted, step: 1 });
  expect(await engine.download(restored.theta)).toEqual(flatten(partition.trained, model.tensors));
});

test('a closed state’s tensors are freed, all four', async () => {
  const freed: string[] = [];
  const tensor = (name: string) => ({ shape: [1], dtype: 'float32', dispose: () => freed.push(name) }) as const;
  closeState({ theta: tensor('theta'), m: tensor('m'), v: tensor('v'), frozen: tensor('frozen'), step: 0 });
  expect(freed.toSorted()).toEqual(['frozen', 'm', 'theta', 'v']);
});
