/** Soft-max and layer normalisation of rows that do not fit into a workgroup's registers: passes that read the row anew, any width. */
import { compute, groupLaunch, Kernel, type Dispatch } from './kernel.ts';
import { registerType } from './elementwise.ts';
import { lowest, maxLanes, type RowPlan, sumLanes, workgroupFold, zero } from './row-plan.ts';
import type { Stored, Tensor } from './tensor.ts';

/** Of layer normalisation, each as wide as a row. */
export interface Affine {
  readonly scale: Stored;
  readonly bias: Stored;
}

/** What layer normalisation gives: the rows, and each row's mean and reciprocal deviation. */
export interface Normalised {
  readonly out: Stored;
  readonly mean: Stored;
  readonly inverse: Stored;
}

/** A loop over a thread's share of the row: `statement` of the load at `p`, whose first element is `i` of the whole. */
function pass(kernel: Kernel, x: Tensor, { lanes, threads, width }: RowPlan, statement: (value: string) => string): string {
  const { statements, value } = compute(kernel, x, lanes, 'i');
  return `for (var p = t; p < ${width}u; p += ${threads}u) {
let i = (row * ${width}u + p) * ${lanes}u;
${statements}
${statement(value)}
}`;
}

/** Three passes: the largest, the sum of the exponentials, the quotients. */
export function softmaxOfLongRows(x: Tensor, plan: RowPlan, out: Stored): Dispatch {
  const { lanes, threads, width } = plan;
  const rows = x.size / (width * lanes);
  const kernel = new Kernel();
  workgroupFold(kernel, 'largest', threads, (a, b) => `max(${a}, ${b})`);
  workgroupFold(kernel, 'total', threads, (a, b) => `${a} + ${b}`);
  const launch = groupLaunch(rows);
  const target = kernel.write(out, lanes);
  const body = `let row = ${launch.index};
var best = ${lowest(lanes)};
${pass(kernel, x, plan, (value) => `best = max(best, ${value});`)}
let top = largest(t, ${maxLanes('best', lanes)});
var sum = ${zero(lanes)};
${pass(kernel, x, plan, (value) => `sum += exp(${value} - top);`)}
let scale = 1.0 / total(t, ${sumLanes('sum', lanes)});
${pass(kernel, x, plan, (value) => `${target}[row * ${width}u + p] = exp(${value} - top) * scale;`)}`;
  return kernel.finish(`softmax ${rows}x${width * lanes}`, threads, launch.groups, body);
}

/** Three passes: the mean, the variance about it, the normalised elements. */
export function layerNormOfLongRows(
  x: Tensor,
  plan: RowPlan,
  { scale, bias }: Affine,
  epsilon: number,
  { out, mean, inverse }: Normalised,
): Dispatch {
  const { lanes, threads, width } = plan;
  const count = width * lanes;
  const kernel = new Kernel();
  workgroupFold(kernel, 'total', threads, (a, b) => `${a} + ${b}`);
  const launch = groupLaunch(x.size / count);
  const [gain, shift, target] = [kernel.read(scale, lanes), kernel.read(bias, lanes), kernel.write(out, lanes)];
  const body = `let row = ${launch.index};
var sum = ${zero(lanes)};
${pass(kernel, x, plan, (value) => `sum += ${value};`)}
let mean = total(t, ${sumLanes('sum', lanes)}) / ${count}.0;
var squares = ${zero(lanes)};
${pass(kernel, x, plan, (value) => `let d: ${registerType('f32', lanes)} = ${value} - mean; squares += d * d;`)}
let variance = total(t, ${sumLanes('squares', lanes)}) / ${count}.0;
let inverse = 1.0 / sqrt(variance + ${epsilon});
${pass(kernel, x, plan, (value) => `${target}[row * ${width}u + p] = (${value} - mean) * inverse * ${gain}[p] + ${shift}[p];`)}
if (t == 0u) { ${kernel.write(mean)}[row] = mean; ${kernel.write(inverse)}[row] = inverse; }`;
  return kernel.finish(`layer norm ${x.size / count}x${count}`, threads, launch.groups, body);
}
