/** Sums, means and maxima along axes. Long reductions are cut into parts whose results are reduced once more. */
import { canUseFourLanes, compute, groupLaunch, Kernel, type Dispatch } from './kernel.ts';
import { registerType, type Lanes } from './elementwise.ts';
import { workgroupFold } from './row-plan.ts';
import { sizeOf, type Stored, type Tensor } from './tensor.ts';

export type Fold = 'sum' | 'max';

/** A tensor as [outer, length, inner], reduced over `length`. */
interface Shape3 {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

export interface Reduction {
  readonly fold: Fold;
  /** The result is multiplied by this: 1/count for means. */
  readonly factor: number;
}

/** Elements one thread adds up in a row before it is worth a part of its own. */
const PART = 256;
const THREADS = 256;
/** Workgroups that keep a large GPU busy. */
const BUSY = 512;

const step = { sum: (a: string, b: string) => `${a} + ${b}`, max: (a: string, b: string) => `max(${a}, ${b})` } as const;
const neutral = {
  f32: { sum: '0.0', max: '-3.4028234663852886e38f' },
  i32: { sum: '0', max: '-2147483647' },
} as const;
const numberType = (x: Tensor): 'f32' | 'i32' => (x.scalar === 'f32' ? 'f32' : 'i32');

/** @param make a stored tensor for the parts' results */
export function reduce(
  x: Tensor,
  axes: readonly number[],
  reduction: Reduction,
  out: Stored,
  make: (shape: readonly number[]) => Stored,
): Dispatch[] {
  const spans = spansOf(x.shape, axes);
  const dispatches: Dispatch[] = [];
  let current = x;
  // Innermost first: what lies within a span is then whole.
  for (const [index, span] of spans.toReversed().entries()) {
    const isLast = index === spans.length - 1;
    const target = isLast ? out : make([span.outer * span.inner]);
    dispatches.push(...reduceSpan(current, span, { ...reduction, factor: isLast ? reduction.factor : 1 }, target, make));
    current = target;
  }
  return dispatches;
}

/** Neighbouring reduced axes as one; outer sizes still hold the spans before. */
function spansOf(shape: readonly number[], axes: readonly number[]): Shape3[] {
  const spans: { first: number; last: number }[] = [];
  for (const axis of axes.toSorted((a, b) => a - b)) {
    const previous = spans.at(-1);
    // Axes of size 1 between two reduced ones do not separate them.
    if (previous !== undefined && sizeOf(shape.slice(previous.last + 1, axis)) === 1) previous.last = axis;
    else spans.push({ first: axis, last: axis });
  }
  return spans.map(({ first, last }, index) => {
    const after = spans.slice(index + 1);
    const inner = shape
      .slice(last + 1)
      .reduce((size, own, i) => (after.some((span) => last + 1 + i >= span.first && last + 1 + i <= span.last) ? size : size * own), 1);
    return { outer: sizeOf(shape.slice(0, first)), length: sizeOf(shape.slice(first, last + 1)), inner };
  });
}

function reduceSpan(x: Tensor, span: Shape3, reduction: Reduction, out: Stored, make: (shape: readonly number[]) => Stored): Dispatch[] {
  const whole = span.inner === 1 ? rowKernel : columnKernel;
  const parts = partsOf(span);
  if (parts === 1) return [whole(x, span, reduction, out, 1)];
  const partial = make([span.outer, parts, span.inner]);
  const rest = { outer: span.outer, length: parts, inner: span.inner };
  return [
    whole(x, span, { ...reduction, factor: 1 }, partial, parts),
    (rest.inner === 1 ? rowKernel : columnKernel)(partial, rest, reduction, out, 1),
  ];
}

function partsOf({ outer, length, inner }: Shape3): number {
  const groups = inner === 1 ? outer : outer * Math.ceil(inner / THREADS);
  const least = inner === 1 ? THREADS * 32 : PART / 4;
  if (groups >= BUSY || length < 2 * least) return 1;
  return Math.min(Math.ceil(BUSY / groups), Math.ceil(length / least), 1024);
}

/** One workgroup a row (or a part of one). */
function rowKernel(x: Tensor, { outer, length }: Shape3, { fold, factor }: Reduction, out: Stored, parts: number): Dispatch {
  const lanes: Lanes = length % 4 === 0 && canUseFourLanes(x) ? 4 : 1;
  const width = length / lanes;
  const share = Math.ceil(width / parts);
  const threads = Math.min(THREADS, Math.max(32, 2 ** Math.ceil(Math.log2(share / 2))));
  const kernel = new Kernel();
  workgroupFold(kernel, 'together', threads, step[fold], numberType(x));
  const launch = groupLaunch(outer * parts);
  const { statements, value } = compute(kernel, x, lanes, 'i');
  const type = numberType(x);
  const own = lanes === 1 ? 'own' : step[fold](wrap(step[fold]('own.x', 'own.y')), wrap(step[fold]('own.z', 'own.w')));
  const body = `let group1 = ${launch.index};
let row = group1 / ${parts}u; let part = group1 % ${parts}u;
var own = ${registerType(type, lanes)}(${neutral[type][fold]});
for (var p = part * ${share}u + t; p < min((part + 1u) * ${share}u, ${width}u); p += ${threads}u) {
let i = (row * ${width}u + p) * ${lanes}u;
${statements}
own = ${step[fold]('own', value)};
}
let all = together(t, ${own});
if (t == 0u) { ${kernel.write(out)}[group1] = all${factor === 1 ? '' : ` * ${factor}`}; }`;
  return kernel.finish(`reduce ${outer}x${length}`, threads, launch.groups, body);
}

const wrap = (text: string): string => (text.startsWith('max') ? text : `(${text})`);

/** One thread a column (or four of them), over a part of the rows. */
function columnKernel(x: Tensor, { outer, length, inner }: Shape3, { fold, factor }: Reduction, out: Stored, parts: number): Dispatch {
  const lanes: Lanes = inner % 4 === 0 && canUseFourLanes(x) ? 4 : 1;
  const columns = inner / lanes;
  const threads = Math.min(64, Math.max(32, 2 ** Math.ceil(Math.log2(columns))));
  const across = Math.ceil(columns / threads);
  const share = Math.ceil(length / parts);
  const kernel = new Kernel();
  const launch = groupLaunch(outer * parts * across);
  const { statements, value } = compute(kernel, x, lanes, 'i');
  const type = numberType(x);
  const body = `let group1 = ${launch.index};
let column = (group1 % ${across}u) * ${threads}u + t; let part = (group1 / ${across}u) % ${parts}u; let outer = group1 / ${across * parts}u;
if (column >= ${columns}u) { return; }
var own = ${registerType(type, lanes)}(${neutral[type][fold]});
for (var r = part * ${share}u; r < min((part + 1u) * ${share}u, ${length}u); r++) {
let i = ((outer * ${length}u + r) * ${columns}u + column) * ${lanes}u;
${statements}
own = ${step[fold]('own', value)};
}
${kernel.write(out, lanes)}[(outer * ${parts}u + part) * ${columns}u + column] = own${factor === 1 ? '' : ` * ${factor}`};`;
  return kernel.finish(`reduce ${outer}x${length}x${inner}`, threads, launch.groups, body);
}
