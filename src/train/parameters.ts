/**
 * A model's parameters as one flat vector: what every program takes and the optimiser updates. Names are Hugging Face's; an
 * entry may hold several tensors that are used as one (query, key and value weights), side by side along the first axis.
 */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../core/rng.ts';
import type { HostTensor } from './contracts.ts';

/** Initial values where no weights are given (victims-and-data.md 4.4). */
export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number; readonly zeroRow?: number }
  /** Uniform in ±bound: a framework's default linear layer. */
  | { readonly kind: 'uniform'; readonly bound: number };

export interface Parameter {
  /** Name in the program. */
  readonly key: string;
  /** Hugging Face names of the tensors it consists of, stacked along axis 0 in equal parts. */
  readonly tensors: readonly string[];
  readonly shape: readonly number[];
  readonly initial: Initial;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const flatSize = (parameters: readonly Parameter[]): number => parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** The tensors' names and shapes, as a checkpoint holds them. */
export function tensorShapes(parameters: readonly Parameter[]): Map<string, readonly number[]> {
  return new Map(parameters.flatMap(({ tensors, shape }) => tensors.map((name) => [name, partShape(shape, tensors.length)] as const)));
}

const partShape = ([first = 1, ...rest]: readonly number[], parts: number): number[] => [first / parts, ...rest];

export function initialTensors(parameters: readonly Parameter[], rng: Rng): Map<string, HostTensor> {
  const entries = parameters.flatMap(({ tensors, shape, initial }) =>
    tensors.map((name) => {
      const part = partShape(shape, tensors.length);
      return [name, { shape: part, data: draw(initial, part, rng.fork(name)) }] as const;
    }),
  );
  return new Map(entries);
}

function draw(initial: Initial, shape: readonly number[], rng: Rng): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if (initial.kind === 'constant') return data.fill(initial.value);
  if (initial.kind === 'uniform') return data.map(() => (2 * rng.uniform() - 1) * initial.bound);
  for (let i = 0; i < data.length; i++) data[i] = rng.normal() * initial.deviation;
  const width = shape[1] ?? 1;
  if (initial.zeroRow !== undefined) data.fill(0, initial.zeroRow * width, (initial.zeroRow + 1) * width);
  return data;
}

/** Throws when a tensor is missing or mis-shaped: callers match checkpoints first. */
export function flatten(parameters: readonly Parameter[], tensors: ReadonlyMap<string, HostTensor>): Float32Array {
  const flat = new Float32Array(flatSize(parameters));
  let offset = 0;
  for (const { tensors: names, shape } of parameters) {
    for (const name of names) {
      const tensor = tensors.get(name);
      const part = partShape(shape, names.length);
      if (tensor?.shape.join() !== part.join()) throw new Error(`${name}: expected [${part}], found [${tensor?.shape}]`);
      flat.set(tensor.data, offset);
      offset += tensor.data.length;
    }
  }
  return flat;
}

export function unflatten(parameters: readonly Parameter[], flat: Float32Array): Map<string, HostTensor> {
  let offset = 0;
  const entries = parameters.flatMap(({ tensors, shape }) =>
    tensors.map((name) => {
      const part = partShape(shape, tensors.length);
      const data = flat.slice(offset, offset + sizeOf(part));
      offset += data.length;
      return [name, { shape: part, data }] as const;
    }),
  );
  return new Map(entries);
}

export type ParameterTensors = Readonly<Record<string, tf.Tensor>>;

/** Inside a program: the flat vector cut into its parameters. */
export function viewParameters(parameters: readonly Parameter[], flat: tf.Tensor1D): Record<string, tf.Tensor> {
  const parts = tf.split(
    flat,
    parameters.map(({ shape }) => sizeOf(shape)),
  );
  const views: Record<string, tf.Tensor> = {};
  parameters.forEach(({ key, shape }, index) => {
    // Two parameters under one key would train, and compute, as one.
    if (key in views) throw new Error(`two parameters are called “${key}”`);
    views[key] = tf.reshape(parts[index]!, [...shape]);
  });
  return views;
}
