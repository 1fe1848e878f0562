/** Kernels over the rows of a matrix, one workgroup a row: soft-max, layer normalisation, the k largest. */
import { compute, groupLaunch, Kernel, type Dispatch } from './kernel.ts';
import { type Affine, layerNormOfLongRows, type Normalised, softmaxOfLongRows } from './long-rows.ts';
import { LARGEST_GROUP, lowest, maxLanes, planRow, type RowPlan, sumLanes, workgroupFold, zero } from './row-plan.ts';
import type { Stored, Tensor } from './tensor.ts';

/** Loads of the row into registers `x0` …; beyond its end they hold `beyond`. */
function loadRow(kernel: Kernel, tensor: Tensor, { lanes, threads, loads, width }: RowPlan, row: string, beyond: string): string {
  const lines: string[] = [];
  for (let i = 0; i < loads; i++) {
    const place = `p${i}`;
    lines.push(`let ${place} = t + ${i * threads}u; let i${i} = (${row} * ${width}u + ${place}) * ${lanes}u;`);
    const { statements, value } = compute(kernel, tensor, lanes, `i${i}`, `e${i}_`);
    const inside = (i + 1) * threads <= width;
    lines.push(
      inside
        ? `${statements}\nlet x${i} = ${value};`
        : `var x${i} = ${beyond}; if (${place} < ${width}u) { ${statements}\nx${i} = ${value}; }`,
    );
  }
  return lines.join('\n');
}

const storeRow = ({ lanes, threads, loads, width }: RowPlan, target: string, value: (i: number) => string): string =>
  Array.from({ length: loads }, (_, i) => {
    const statement = `${target}[i${i}${lanes === 4 ? ' / 4u' : ''}] = ${value(i)};`;
    return (i + 1) * threads <= width ? statement : `if (p${i} < ${width}u) { ${statement} }`;
  }).join('\n');

const each = (plan: RowPlan, text: (i: number) => string): string[] => Array.from({ length: plan.loads }, (_, i) => text(i));

/** e^(x − max) over their sum, along the last axis. */
export function softmax(x: Tensor, out: Stored): Dispatch {
  const width = x.shape.at(-1)!;
  const plan = planRow(x, width);
  if (!plan.isKept) return softmaxOfLongRows(x, plan, out);
  const { lanes, threads } = plan;
  const kernel = new Kernel();
  workgroupFold(kernel, 'largest', threads, (a, b) => `max(${a}, ${b})`);
  workgroupFold(kernel, 'total', threads, (a, b) => `${a} + ${b}`);
  const launch = groupLaunch(x.size / width);
  const loaded = loadRow(kernel, x, plan, 'row', lowest(lanes));
  const exponents = each(plan, (i) => {
    const exponent = `exp(x${i} - top)`;
    return (i + 1) * threads <= plan.width
      ? `let y${i} = ${exponent};`
      : `let y${i} = select(${zero(lanes)}, ${exponent}, p${i} < ${plan.width}u);`;
  });
  const body = `let row = ${launch.index};
${loaded}
let top = largest(t, ${maxLanes('best', lanes).replaceAll('best', `(${each(plan, (i) => `x${i}`).reduce((a, b) => `max(${a}, ${b})`)})`)});
${exponents.join('\n')}
let scale = 1.0 / total(t, ${sumLanes(`(${each(plan, (i) => `y${i}`).join(' + ')})`, lanes)});
${storeRow(plan, kernel.write(out, lanes), (i) => `y${i} * scale`)}`;
  return kernel.finish(`softmax ${x.size / width}x${width}`, threads, launch.groups, body);
}

/** Normalised rows, and each row's mean and reciprocal deviation. */
export function layerNorm(x: Tensor, { scale, bias }: Affine, epsilon: number, { out, mean, inverse }: Normalised): Dispatch {
  const width = x.shape.at(-1)!;
  const plan = planRow(x, width);
  if (!plan.isKept) return layerNormOfLongRows(x, plan, { scale, bias }, epsilon, { out, mean, inverse });
  const { lanes, threads } = plan;
  const kernel = new Kernel();
  workgroupFold(kernel, 'total', threads, (a, b) => `${a} + ${b}`);
  const launch = groupLaunch(x.size / width);
  const loaded = loadRow(kernel, x, plan, 'row', zero(lanes));
  const deviations = each(plan, (i) =>
    (i + 1) * threads <= plan.width
      ? `let d${i} = x${i} - mean;`
      : `let d${i} = select(${zero(lanes)}, x${i} - mean, p${i} < ${plan.width}u);`,
  );
  const [gain, shift] = [kernel.read(scale, lanes), kernel.read(bias, lanes)];
  const body = `let row = ${launch.index};
${loaded}
let mean = total(t, ${sumLanes(`(${each(plan, (i) => `x${i}`).join(' + ')})`, lanes)}) / ${width}.0;
${deviations.join('\n')}
let variance = total(t, ${sumLanes(`(${each(plan, (i) => `d${i} * d${i}`).join(' + ')})`, lanes)}) / ${width}.0;
let inverse = 1.0 / sqrt(variance + ${epsilon});
${storeRow(plan, kernel.write(out, lanes), (i) => `d${i} * inverse * ${gain}[p${i}] + ${shift}[p${i}]`)}
if (t == 0u) { ${kernel.write(mean)}[row] = mean; ${kernel.write(inverse)}[row] = inverse; }`;
  return kernel.finish(`layer norm ${x.size / width}x${width}`, threads, launch.groups, body);
}

/**
 * The `k` largest of each row in descending order, and where they stand; of equal ones the first comes first. Each pass finds the
 * next after the one before.
 */
export function topK(x: Stored, k: number, { values, indices }: { readonly values: Stored; readonly indices: Stored }): Dispatch {
  const width = x.shape.at(-1)!;
  const threads = LARGEST_GROUP;
  const kernel = new Kernel();
  const launch = groupLaunch(x.size / width);
  kernel.global(`var<workgroup> bestValue: array<f32, ${threads}>; var<workgroup> bestPlace: array<u32, ${threads}>;
fn isBefore(v: f32, p: u32, w: f32, q: u32) -> bool { return v > w || (v == w && p < q); }`);
  const source = kernel.read(x);
  const body = `let row = ${launch.index};
var lastValue = 0.0; var lastPlace = 0u;
for (var rank = 0u; rank < ${k}u; rank++) {
  var value = 0.0; var place = ${width}u;
  for (var p = t; p < ${width}u; p += ${threads}u) {
    let v = ${source}[row * ${width}u + p];
    if ((rank == 0u || isBefore(lastValue, lastPlace, v, p)) && (place == ${width}u || isBefore(v, p, value, place))) { value = v; place = p; }
  }
  bestValue[t] = value; bestPlace[t] = place;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
    if (t < half) {
      let v = bestValue[t + half]; let p = bestPlace[t + half];
      if (p < ${width}u && (bestPlace[t] == ${width}u || isBefore(v, p, bestValue[t], bestPlace[t]))) { bestValue[t] = v; bestPlace[t] = p; }
    }
    workgroupBarrier();
  }
  lastValue = bestValue[0]; lastPlace = bestPlace[0];
  workgroupBarrier();
  if (t == 0u) { ${kernel.write(values)}[row * ${k}u + rank] = lastValue; ${kernel.write(indices)}[row * ${k}u + rank] = i32(lastPlace); }
}`;
  return kernel.finish(`top ${k} of ${x.size / width}x${width}`, threads, launch.groups, body);
}
