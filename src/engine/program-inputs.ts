/** Inputs of a run against the program's signature. */
import type { TensorSpec } from './contracts.ts';

export function checkInput(program: string, name: string, spec: TensorSpec, value: TensorSpec | undefined): void {
  if (value === undefined) throw new Error(`${program}: input “${name}” is missing`);
  if (value.dtype !== spec.dtype || value.shape.join() !== spec.shape.join()) {
    throw new Error(`${program}: input “${name}” must be ${spec.dtype} [${spec.shape}], found ${value.dtype} [${value.shape}]`);
  }
}
