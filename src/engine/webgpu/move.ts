/** Kernels that put elements elsewhere: evaluation into memory, permutations, cuts, joins, padding, look-up and its reverse. */
import type { Lanes } from './elementwise.ts';
import { canUseFourLanes, compute, groupLaunch, Kernel, linearLaunch, toMemory, type Dispatch } from './kernel.ts';
import type { Stored, Tensor } from './tensor.ts';

const THREADS = 256;

/** Any value into memory. */
export function evaluate(x: Tensor, out: Stored): Dispatch {
  const lanes: Lanes = canUseFourLanes(x) ? 4 : 1;
  const kernel = new Kernel();
  const launch = linearLaunch(x.size / lanes, THREADS);
  const { statements, value } = compute(kernel, x, lanes, 'i');
  const target = kernel.write(out, lanes);
  const body = `let n = ${launch.index};
if (n >= ${x.size / lanes}u) { return; }
let i = n * ${lanes}u;
${statements}
${target}[n] = ${toMemory(value, x.scalar, lanes)};`;
  return kernel.finish(`${outline(x)} [${x.shape}]`, THREADS, launch.groups, body);
}

/** The operators of an expression, for profiles. */
function outline(x: Tensor): string {
  if (x.kind !== 'lazy') return x.kind;
  const names: string[] = [];
  const visit = (node: Tensor): void => {
    if (node.kind !== 'lazy') return;
    node.args.forEach(visit);
    if (node.op !== 'Reshape') names.push(node.op);
  };
  visit(x);
  return names.length > 6 ? `${names.slice(0, 6).join(' ')} …` : names.join(' ');
}

/**
 * `out[i] = x[place of i]`, where the place is a sum over the axes of `out` of coordinate times step.
 * @param steps of each axis of `out`, in elements of `x`
 * @param first the place of `out`'s first element
 */
export function permute(label: string, x: Stored, out: Stored, steps: readonly number[], first = 0): Dispatch {
  const innermost = out.shape.at(-1) ?? 1;
  const isRun = (steps.at(-1) ?? 1) === 1 && innermost % 4 === 0 && first % 4 === 0 && steps.slice(0, -1).every((step) => step % 4 === 0);
  const lanes: Lanes = isRun ? 4 : 1;
  const kernel = new Kernel();
  const launch = linearLaunch(out.size / lanes, THREADS);
  const lines = [
    `let n = ${launch.index};`,
    `if (n >= ${out.size / lanes}u) { return; }`,
    `var rest = n * ${lanes}u;`,
    `var place = ${first}u;`,
  ];
  for (let axis = out.shape.length - 1; axis >= 0; axis--) {
    const size = out.shape[axis]!;
    if (size === 1) continue;
    lines.push(`place += (rest % ${size}u) * ${steps[axis]!}u; rest /= ${size}u;`);
  }
  lines.push(`${kernel.write(out, lanes)}[n] = ${kernel.read(x, lanes)}[${lanes === 4 ? 'place / 4u' : 'place'}];`);
  return kernel.finish(`${label} [${x.shape}]→[${out.shape}]`, THREADS, launch.groups, lines.join('\n'));
}

/** Elements between two neighbours along each axis. */
export function stepsOf(shape: readonly number[]): number[] {
  let step = 1;
  return shape
    .map((_, index) => {
      const own = step;
      step *= shape[shape.length - 1 - index]!;
      return own;
    })
    .reverse();
}

/** `part` [outer, own, inner] into the rows from `first` on of `out` [outer, all, inner]. */
export function join(
  part: Stored,
  out: Stored,
  { outer, own, all, inner, first }: Record<'outer' | 'own' | 'all' | 'inner' | 'first', number>,
): Dispatch {
  const kernel = new Kernel();
  const launch = linearLaunch(outer * own * inner, THREADS);
  const body = `let n = ${launch.index};
if (n >= ${outer * own * inner}u) { return; }
${kernel.write(out)}[(n / ${own * inner}u) * ${all * inner}u + ${first * inner}u + n % ${own * inner}u] = ${kernel.read(part)}[n];`;
  return kernel.finish(`join [${part.shape}]`, THREADS, launch.groups, body);
}

/** `x` with `before[axis]` elements of `value` in front, filled up to the shape of `out`. */
export function pad(x: Stored, out: Stored, before: readonly number[], value: string): Dispatch {
  const kernel = new Kernel();
  const launch = linearLaunch(out.size, THREADS);
  const steps = stepsOf(x.shape);
  const lines = [`let n = ${launch.index};`, `if (n >= ${out.size}u) { return; }`, 'var rest = n; var place = 0u; var inside = true;'];
  for (let axis = out.shape.length - 1; axis >= 0; axis--) {
    const [size, start] = [out.shape[axis]!, before[axis]!];
    lines.push(
      `{ let c = rest % ${size}u; rest /= ${size}u; inside = inside && c >= ${start}u && c < ${start + x.shape[axis]!}u; place += (c - ${start}u) * ${steps[axis]!}u; }`,
    );
  }
  const target = kernel.write(out);
  lines.push(`if (inside) { ${target}[n] = ${kernel.read(x)}[place]; } else { ${target}[n] = ${value}; }`);
  return kernel.finish(`pad [${x.shape}]→[${out.shape}]`, THREADS, launch.groups, lines.join('\n'));
}

/** `x` repeated along its axes. */
export function tile(x: Stored, out: Stored): Dispatch {
  const kernel = new Kernel();
  const launch = linearLaunch(out.size, THREADS);
  const steps = stepsOf(x.shape);
  const lines = [`let n = ${launch.index};`, `if (n >= ${out.size}u) { return; }`, 'var rest = n; var place = 0u;'];
  for (let axis = out.shape.length - 1; axis >= 0; axis--) {
    lines.push(`place += (rest % ${out.shape[axis]!}u % ${x.shape[axis]!}u) * ${steps[axis]!}u; rest /= ${out.shape[axis]!}u;`);
  }
  lines.push(`${kernel.write(out)}[n] = ${kernel.read(x)}[place];`);
  return kernel.finish(`tile [${x.shape}]→[${out.shape}]`, THREADS, launch.groups, lines.join('\n'));
}

/** `table` [outer, rows, inner] at `indices` [n] -> [outer, n, inner]. */
export function gather(
  table: Stored,
  indices: Stored,
  out: Stored,
  { outer, rows, inner }: Record<'outer' | 'rows' | 'inner', number>,
): Dispatch {
  const lanes: Lanes = inner % 4 === 0 ? 4 : 1;
  const kernel = new Kernel();
  const width = inner / lanes;
  const count = indices.size;
  const launch = linearLaunch(outer * count * width, THREADS);
  const body = `let n = ${launch.index};
if (n >= ${outer * count * width}u) { return; }
let row = (n / ${width}u) % ${count}u;
let place = u32(clamp(${kernel.read(indices)}[row], 0, ${rows - 1}));
${kernel.write(out, lanes)}[n] = ${kernel.read(table, lanes)}[((n / ${count * width}u) * ${rows}u + place) * ${width}u + n % ${width}u];`;
  return kernel.finish(`look up ${count} of ${rows}x${inner}`, THREADS, launch.groups, body);
}

/** Rows of a batch whose additions are first made among themselves. */
const NEIGHBOURS = 128;

/**
 * `updates` [n, width] added into the rows `indices` [n] of `out` [rows, width], which holds zeros. No atomic additions: equal
 * indices are chained, first among neighbours, then from neighbourhood to neighbourhood, and each chain is added up in order, so
 * the same input gives the same bytes.
 */
export function scatterAdd(
  indices: Stored,
  updates: Stored,
  out: Stored,
  make: (shape: readonly number[], scalar?: 'f32' | 'i32') => Stored,
): Dispatch[] {
  const n = indices.size;
  const width = updates.size / n;
  // For each row: the next with its index in the same neighbourhood, and in a later one; whether it is the first of either.
  const links = make([n, 4], 'i32');
  const sums = make([n, width]);
  return [chain(indices, links, n), sumNeighbours(updates, links, sums, n, width), sumChains(indices, sums, links, out, n, width)];
}

function chain(indices: Stored, links: Stored, n: number): Dispatch {
  const kernel = new Kernel();
  const launch = linearLaunch(n, 64);
  const ids = kernel.read(indices);
  const body = `let i = ${launch.index};
if (i >= ${n}u) { return; }
let id = ${ids}[i]; let home = i / ${NEIGHBOURS}u * ${NEIGHBOURS}u; let end = min(home + ${NEIGHBOURS}u, ${n}u);
var near = ${n}u; var far = ${n}u; var firstNear = 1; var first = 1;
for (var j = home; j < i; j++) { if (${ids}[j] == id) { firstNear = 0; break; } }
for (var j = i + 1u; j < end; j++) { if (${ids}[j] == id) { near = j; break; } }
if (firstNear == 1) {
  for (var j = 0u; j < home; j++) { if (${ids}[j] == id) { first = 0; break; } }
  for (var j = end; j < ${n}u; j++) { if (${ids}[j] == id) { far = j; break; } }
}
${kernel.write({ ...links, shape: [n] }, 4)}[i] = vec4i(i32(near), i32(far), firstNear, first);`;
  return kernel.finish(`scatter: chains of ${n}`, 64, launch.groups, body);
}

function sumNeighbours(updates: Stored, links: Stored, sums: Stored, n: number, width: number): Dispatch {
  const lanes: Lanes = width % 4 === 0 ? 4 : 1;
  const kernel = new Kernel();
  const launch = groupLaunch(n);
  const columns = width / lanes;
  const link = kernel.read(links, 4);
  const source = kernel.read(updates, lanes);
  const body = `let row = ${launch.index};
if (${link}[row].z == 0) { return; }
for (var c = t; c < ${columns}u; c += 64u) {
  var sum = ${source}[row * ${columns}u + c];
  for (var j = u32(${link}[row].x); j < ${n}u; j = u32(${link}[j].x)) { sum += ${source}[j * ${columns}u + c]; }
  ${kernel.write(sums, lanes)}[row * ${columns}u + c] = sum;
}`;
  return kernel.finish(`scatter: neighbours ${n}x${width}`, 64, launch.groups, body);
}

function sumChains(indices: Stored, sums: Stored, links: Stored, out: Stored, n: number, width: number): Dispatch {
  const lanes: Lanes = width % 4 === 0 ? 4 : 1;
  const kernel = new Kernel();
  const launch = groupLaunch(n);
  const columns = width / lanes;
  const link = kernel.read(links, 4);
  const source = kernel.read(sums, lanes);
  const body = `let row = ${launch.index};
if (${link}[row].z == 0 || ${link}[row].w == 0) { return; }
let place = u32(${kernel.read(indices)}[row]);
for (var c = t; c < ${columns}u; c += 64u) {
  var sum = ${source}[row * ${columns}u + c];
  for (var j = u32(${link}[row].y); j < ${n}u; j = u32(${link}[j].y)) { sum += ${source}[j * ${columns}u + c]; }
  ${kernel.write(out, lanes)}[place * ${columns}u + c] = sum;
}`;
  return kernel.finish(`scatter: rows ${n}x${width}`, 64, launch.groups, body);
}
