/** Parameters on the device for programs that only read them: a tensor each, because cutting them from one vector copies every one of them at every run. */
import type * as tf from '@tensorflow/tfjs';
import type { DeviceTensor, Engine, Signature } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { flatten, type Parameter, type ParameterTensors } from './parameters.ts';

/** A parameter's name as a program's input. */
export type ParameterInput = `parameter ${string}`;

export type ResidentParameters = Readonly<Record<ParameterInput, DeviceTensor>>;

const inputOf = ({ key }: Parameter): ParameterInput => `parameter ${key}`;

/** Throws when a tensor is missing or mis-shaped, before anything is computed. */
export async function uploadParameters(
  engine: Pick<Engine, 'upload'>,
  parameters: readonly Parameter[],
  tensors: ReadonlyMap<string, HostTensor>,
): Promise<ResidentParameters> {
  const values = parameters.map(
    (parameter) => ({ shape: parameter.shape, dtype: 'float32', data: flatten([parameter], tensors) }) as const,
  );
  const entries = values.map(async (value, index) => [inputOf(parameters[index]!), await engine.upload(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** What a program that reads them declares. */
export function parameterSignature(parameters: readonly Parameter[]): Signature<ParameterInput> {
  return Object.fromEntries(parameters.map((parameter) => [inputOf(parameter), { shape: parameter.shape, dtype: 'float32' }] as const));
}

/** Inside a program: its parameters by key. */
export function readParameters(parameters: readonly Parameter[], inputs: Readonly<Record<ParameterInput, tf.Tensor>>): ParameterTensors {
  return Object.fromEntries(parameters.map((parameter) => [parameter.key, inputs[inputOf(parameter)]!]));
}

/** Puts another value in one parameter's place, for whoever reads them from now on. */
export async function replaceParameter(
  engine: Pick<Engine, 'upload'>,
  resident: Record<ParameterInput, DeviceTensor>,
  parameter: Parameter,
  tensors: ReadonlyMap<string, HostTensor>,
): Promise<void> {
  const name = inputOf(parameter);
  const before = resident[name];
  if (before === undefined) throw new Error(`no parameter “${parameter.key}”`);
  resident[name] = await engine.upload({ shape: parameter.shape, dtype: 'float32', data: flatten([parameter], tensors) });
  before.dispose();
}

export function disposeParameters(resident: ResidentParameters): void {
  for (const tensor of Object.values(resident)) tensor.dispose();
}
