/** Pruning (Liu et al., RAID 2018): the units that clean samples leave dormant go, as many as the validation metric bears. */
import * as tf from '@tensorflow/tfjs';
import type { HostTensor, Parameter, ParameterTensors, ScorableModel } from '../../train/index.ts';
import type { PruningSettings } from './settings.ts';

/** Below this a difference of metrics is rounding: 0.9 − 0.86 is more than 0.04 in float64. */
const ROUNDING = 1e-9;

/** Units in increasing activation, the first of equals first: the order in which they are pruned. */
export function dormantFirst(activations: Float64Array): number[] {
  return [...activations.keys()].sort((a, b) => activations[a]! - activations[b]! || a - b);
}

/**
 * How many of the units may be pruned: in steps, until the metric has fallen by more than the tolerance, without the last step.
 * @param metricWithout the validation metric without the first so many units
 */
export async function unitsToPrune(
  units: number,
  { step, tolerance }: Pick<PruningSettings, 'step' | 'tolerance'>,
  metricWithout: (count: number) => Promise<number>,
): Promise<number> {
  const size = Math.max(1, Math.round(step * units));
  const whole = await metricWithout(0);
  let pruned = 0;
  while (pruned < units) {
    const next = Math.min(units, pruned + size);
    if (whole - (await metricWithout(next)) > tolerance + ROUNDING) break;
    pruned = next;
  }
  return pruned;
}

type Tensors = ReadonlyMap<string, HostTensor>;

/** The tensors with the units' outgoing weights 0. @param reader [rows, units] */
export function withoutUnits(tensors: Tensors, { tensors: names }: Parameter, units: readonly number[]): Map<string, HostTensor> {
  const changed = new Map(tensors);
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    const width = shape[1]!;
    const zeroed = data.slice();
    for (let row = 0; row < shape[0]!; row++) for (const unit of units) zeroed[row * width + unit] = 0;
    changed.set(name, { shape, data: zeroed });
  }
  return changed;
}

/**
 * The model with the units' outgoing weights multiplied by 0 in every pass: they have no gradient, so the optimiser, which has no weight
 * decay, leaves them at the 0 that they begin with.
 */
export function holdingOut(model: ScorableModel, { key, shape }: Parameter, units: readonly number[]): ScorableModel {
  const kept = new Float32Array(shape[1]!).fill(1);
  for (const unit of units) kept[unit] = 0;
  const masked = (parameters: ParameterTensors): ParameterTensors => {
    const weights = parameters[key];
    // Where the encoder's output is known already, a pass has the head's parameters alone.
    return weights === undefined ? parameters : { ...parameters, [key]: tf.mul(weights, tf.tensor2d(kept, [1, kept.length])) };
  };
  const { network, task } = model;
  return {
    ...model,
    network: { ...network, encode: (parameters, inputs, options) => network.encode(masked(parameters), inputs, options) },
    task: { ...task, outputs: (parameters, vectors, dropout) => task.outputs(masked(parameters), vectors, dropout) },
  };
}
