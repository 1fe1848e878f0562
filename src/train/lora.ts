/**
 * LoRA (Hu et al., ICLR 2022): of the weights W [out, in] that make queries, keys and values only B·A·alpha/rank is trained, added to the
 * frozen W; A [rank, in] is drawn, B [out, rank] begins at 0. What comes out of training is W with the product added: a victim like any
 * other. There is no dropout before A.
 */
import * as tf from '@tensorflow/tfjs';
import type { HostTensor } from './contracts.ts';
import type { Network } from './network.ts';
import { flatten, unflatten, type Parameter, type ParameterTensors } from './parameters.ts';

export interface LoraSettings {
  readonly rank: number;
  /** The product is scaled by alpha/rank. */
  readonly alpha: number;
}

export interface Adapter {
  /** Key of the weights that it is added to. */
  readonly key: string;
  readonly a: Parameter;
  readonly b: Parameter;
  readonly scale: number;
}

export function adaptersOf({ parameters, adapted }: Pick<Network, 'parameters' | 'adapted'>, { rank, alpha }: LoraSettings): Adapter[] {
  return parameters
    .filter(({ key }) => adapted.includes(key))
    .map(({ key, shape }) => {
      const [outputs, inputs] = shape as [number, number];
      const part = (name: string, own: readonly number[], initial: Parameter['initial']): Parameter => ({
        ...{ key: `lora.${key}.${name}`, tensors: [`lora.${key}.${name}`], shape: own, initial },
      });
      return {
        key,
        a: part('a', [rank, inputs], { kind: 'uniform', bound: 1 / Math.sqrt(inputs) }),
        b: part('b', [outputs, rank], { kind: 'constant', value: 0 }),
        scale: alpha / rank,
      };
    });
}

/** Inside a program: the parameters with every adapter's product added to its weights. */
export function withAdapters(adapters: readonly Adapter[], parameters: ParameterTensors): ParameterTensors {
  const changed = adapters.map(({ key, a, b, scale }) => {
    const product = tf.matMul(parameters[b.key] as tf.Tensor2D, parameters[a.key] as tf.Tensor2D);
    return [key, tf.add(parameters[key]!, tf.mul(product, scale))] as const;
  });
  return { ...parameters, ...Object.fromEntries(changed) };
}

/** The same on the host, of the adapted weights alone, under their tensors' names. @param tensors weights and adapters */
export function mergeAdapters(
  adapters: readonly Adapter[],
  parameters: readonly Parameter[],
  tensors: ReadonlyMap<string, HostTensor>,
): Map<string, HostTensor> {
  const merged = adapters.map(({ key, a, b, scale }) => {
    const parameter = parameters.find((one) => one.key === key);
    if (parameter === undefined) throw new Error(`no parameter “${key}” to add an adapter to`);
    const weights = flatten([parameter], tensors);
    const [left, right] = [flatten([b], tensors), flatten([a], tensors)];
    const [outputs, inputs] = parameter.shape as [number, number];
    const [rank] = a.shape as [number];
    for (let row = 0; row < outputs; row++) {
      for (let r = 0; r < rank; r++) {
        const factor = scale * left[row * rank + r]!;
        for (let column = 0; column < inputs; column++) weights[row * inputs + column]! += factor * right[r * inputs + column]!;
      }
    }
    return unflatten([parameter], weights);
  });
  return new Map(merged.flatMap((tensorsOf) => [...tensorsOf]));
}
