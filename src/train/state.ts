/** The optimiser's state on the device: parameters and moments of the trained part, parameters of the frozen part. */
import { stepSize, type DeviceTensor, type Engine, type HostValue } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { flatSize, flatten, unflatten } from './parameters.ts';
import type { Partition } from './steps.ts';

export interface TrainingState {
  theta: DeviceTensor;
  m: DeviceTensor;
  v: DeviceTensor;
  readonly frozen: DeviceTensor;
  /** Updates made. */
  step: number;
}

const flat = (data: Float32Array): HostValue => ({ shape: [data.length], dtype: 'float32', data });

/** @param saved what `saveState` gave, to go on from; default: moments of 0 */
export async function startState(
  engine: Engine,
  { trained, frozen }: Partition,
  tensors: ReadonlyMap<string, HostTensor>,
  saved: { readonly files: ReadonlyMap<string, Uint8Array>; readonly step: number } | null = null,
): Promise<TrainingState> {
  const size = flatSize(trained);
  const begin = (name: 'theta' | 'm' | 'v'): Float32Array => {
    if (saved !== null) return savedVector(saved.files, name, size);
    return name === 'theta' ? flatten(trained, tensors) : new Float32Array(size);
  };
  return {
    theta: await engine.upload(flat(begin('theta'))),
    m: await engine.upload(flat(begin('m'))),
    v: await engine.upload(flat(begin('v'))),
    frozen: await engine.upload(flat(frozen.length === 0 ? new Float32Array(1) : flatten(frozen, tensors))),
    step: saved?.step ?? 0,
  };
}

function savedVector(files: ReadonlyMap<string, Uint8Array>, name: string, size: number): Float32Array {
  const bytes = files.get(name);
  if (bytes?.byteLength !== size * 4) {
    throw new Error(`resume state “${name}”: expected ${size * 4} bytes, found ${bytes?.byteLength ?? 0}`);
  }
  // Read in place where it lies on a float's border: a state of a large model is gigabytes.
  return bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, size)
    : new Float32Array(new Uint8Array(bytes).buffer);
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

export function closeState({ theta, m, v, frozen }: TrainingState): void {
  for (const tensor of [theta, m, v, frozen]) tensor.dispose();
}

/** The trained parameters as tensors on the host. */
export async function trainedTensors(engine: Engine, partition: Partition, state: TrainingState): Promise<Map<string, HostTensor>> {
  return unflatten(partition.trained, await engine.download(state.theta));
}

/** State as bytes, exactly: what a killed run goes on from. They may lie in the state's own memory: to be stored, not changed. */
export async function saveState(engine: Engine, state: TrainingState): Promise<Map<string, Uint8Array>> {
  const bytes = async (tensor: DeviceTensor): Promise<Uint8Array> => {
    const { buffer, byteOffset, byteLength } = await engine.download(tensor);
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  return new Map([
    ['theta', await bytes(state.theta)],
    ['m', await bytes(state.m)],
    ['v', await bytes(state.v)],
  ]);
}
