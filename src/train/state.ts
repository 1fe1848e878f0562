/** The optimiser's state on the device: parameters and moments of the trained part, parameters of the frozen part. */
import { stepSize, type DeviceTensor, type Engine, type HostValue } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { flatSize, flatten, unflatten } from './parameters.ts';
import type { Partition } from './programs.ts';

export interface TrainingState {
  theta: DeviceTensor;
  m: DeviceTensor;
  v: DeviceTensor;
  readonly frozen: DeviceTensor;
  /** Updates made. */
  step: number;
}

const flat = (data: Float32Array): HostValue => ({ shape: [data.length], dtype: 'float32', data });

export async function startState(engine: Engine, partition: Partition, tensors: ReadonlyMap<string, HostTensor>): Promise<TrainingState> {
  const zeros = (): Promise<DeviceTensor> => engine.upload(flat(new Float32Array(flatSize(partition.trained))));
  return {
    theta: await engine.upload(flat(flatten(partition.trained, tensors))),
    m: await zeros(),
    v: await zeros(),
    frozen: await engine.upload(flat(partition.frozen.length === 0 ? new Float32Array(1) : flatten(partition.frozen, tensors))),
    step: 0,
  };
}

/** Inputs of the next update at a learning rate; counts it. */
export function nextUpdate(state: TrainingState, learningRate: number): { readonly stepSize: HostValue } {
  state.step += 1;
  return { stepSize: flat(Float32Array.of(stepSize(learningRate, state.step))) };
}

export function replaceState(state: TrainingState, next: Record<'theta' | 'm' | 'v', DeviceTensor>): void {
  for (const name of ['theta', 'm', 'v'] as const) {
    state[name].dispose();
    state[name] = next[name];
  }
}

/** The trained parameters as tensors on the host. */
export async function trainedTensors(engine: Engine, partition: Partition, state: TrainingState): Promise<Map<string, HostTensor>> {
  return unflatten(partition.trained, await engine.download(state.theta));
}

/** State as bytes, exactly: what a killed run goes on from. */
export async function saveState(engine: Engine, state: TrainingState): Promise<Map<string, Uint8Array>> {
  const bytes = async (tensor: DeviceTensor): Promise<Uint8Array> => {
    const data = await engine.download(tensor);
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  };
  return new Map([
    ['theta', await bytes(state.theta)],
    ['m', await bytes(state.m)],
    ['v', await bytes(state.v)],
  ]);
}

export async function restoreState(
  engine: Engine,
  partition: Partition,
  frozen: DeviceTensor,
  files: ReadonlyMap<string, Uint8Array>,
  step: number,
): Promise<TrainingState> {
  const size = flatSize(partition.trained);
  const read = (name: string): Promise<DeviceTensor> => {
    const bytes = files.get(name);
    if (bytes?.byteLength !== size * 4)
      throw new Error(`resume state “${name}”: expected ${size * 4} bytes, found ${bytes?.byteLength ?? 0}`);
    return engine.upload(flat(new Float32Array(bytes.slice().buffer)));
  };
  return { theta: await read('theta'), m: await read('m'), v: await read('v'), frozen, step };
}
