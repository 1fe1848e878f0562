/** How a workgroup shares out a row of a matrix, and how its threads put their numbers together. */
import { canUseFourLanes, type Kernel } from './kernel.ts';
import type { Lanes } from './elementwise.ts';
import type { Tensor } from './tensor.ts';

/** Elements (or groups of four) of a row that a thread keeps in registers at most. */
const KEPT = 16;
export const LARGEST_GROUP = 256;

export interface RowPlan {
  readonly lanes: Lanes;
  readonly threads: number;
  /** Loads a thread makes. */
  readonly loads: number;
  /** Loads of a row. */
  readonly width: number;
  /** Whether a thread can keep its loads in registers, so that the row is read once. */
  readonly isKept: boolean;
}

export function planRow(tensor: Tensor, width: number): RowPlan {
  const lanes = width % 4 === 0 && canUseFourLanes(tensor) ? 4 : 1;
  const total = width / lanes;
  const threads = Math.min(LARGEST_GROUP, Math.max(32, 2 ** Math.ceil(Math.log2(total / 2))));
  const loads = Math.ceil(total / threads);
  return { lanes, threads, loads, width: total, isKept: loads <= KEPT };
}

/** A function that combines one number of every thread of the workgroup, and gives the result to all. */
export function workgroupFold(
  kernel: Kernel,
  name: string,
  threads: number,
  combine: (a: string, b: string) => string,
  type: 'f32' | 'i32' = 'f32',
): void {
  kernel.global(`var<workgroup> ${name}Shared: array<${type}, ${threads}>;
fn ${name}(t: u32, own: ${type}) -> ${type} {
${name}Shared[t] = own;
workgroupBarrier();
for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
  if (t < half) { ${name}Shared[t] = ${combine(`${name}Shared[t]`, `${name}Shared[t + half]`)}; }
  workgroupBarrier();
}
let all = ${name}Shared[0];
workgroupBarrier();
return all;
}`);
}

export const sumLanes = (value: string, lanes: Lanes): string => (lanes === 1 ? value : `dot(${value}, vec4f(1.0))`);
export const maxLanes = (value: string, lanes: Lanes): string =>
  lanes === 1 ? value : `max(max(${value}.x, ${value}.y), max(${value}.z, ${value}.w))`;
export const zero = (lanes: Lanes): string => (lanes === 1 ? '0.0' : 'vec4f(0.0)');
/** What no element of a row lies below. */
export const lowest = (lanes: Lanes): string => (lanes === 1 ? '-3.4028234663852886e38f' : 'vec4f(-3.4028234663852886e38f)');
