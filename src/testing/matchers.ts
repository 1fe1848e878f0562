/** `expect(actual).toBeAllclose(expected)` for numbers, arrays and tensors: |a − e| ≤ absolute + relative·|e| everywhere. */
import { expect } from 'vitest';

/** A number, a (typed) array, or a tensor on the host; nested arrays are not numbers' lists. */
export type Numbers = number | ArrayLike<number> | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

export interface Tolerance {
  /** Default 1e-5. */
  readonly relative?: number;
  /** Default 1e-6. */
  readonly absolute?: number;
}

/** Largest |a − e| over largest |e|: the parity figure of a whole tensor, blind to noise in its small elements. 0 for equal zeros. */
export function largestRelativeError(actual: Numbers, expected: Numbers): number {
  const a = flat(actual);
  const e = flat(expected);
  if (a.length !== e.length) throw new RangeError(`${a.length} elements against ${e.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < e.length; i++) {
    // Math.max keeps NaN, so that NaN anywhere makes the figure NaN, which passes no bound.
    difference = Math.max(difference, a[i] === e[i] ? 0 : Math.abs(a[i]! - e[i]!));
    size = Math.max(size, Math.abs(e[i]!));
  }
  return difference === 0 ? 0 : difference / size;
}

/** `null`, or what is wrong, naming the worst element. Two NaN count as close: tests that expect NaN say so with NaN. */
export function difference(actual: Numbers, expected: Numbers, { relative = 1e-5, absolute = 1e-6 }: Tolerance = {}): string | null {
  const shapes = [shapeOf(actual), shapeOf(expected)].map((shape) => `[${shape.join(', ')}]`);
  if (shapes[0] !== shapes[1]) return `shape ${shapes[0]!}, expected ${shapes[1]!}`;
  const a = flat(actual);
  const e = flat(expected);
  let wrong = 0;
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < e.length; i++) {
    if (Object.is(a[i], e[i]) || a[i] === e[i]) continue;
    const excess = Math.abs(a[i]! - e[i]!) / (absolute + relative * Math.abs(e[i]!));
    if (excess <= 1) continue;
    wrong++;
    // NaN is worse than any number.
    if (worst === -1 || excess > worstExcess || (Number.isNaN(excess) && !Number.isNaN(worstExcess))) {
      worst = i;
      worstExcess = excess;
    }
  }
  if (wrong === 0) return null;
  return `${wrong} of ${e.length} elements differ; worst at ${worst}: ${a[worst]!}, expected ${e[worst]!} (relative ${relative}, absolute ${absolute})`;
}

function flat(values: Numbers): ArrayLike<number> {
  if (typeof values === 'number') return [values];
  return 'data' in values ? values.data : values;
}

/** A plain list has its length as shape, so it can be compared with a vector. */
function shapeOf(values: Numbers): readonly number[] {
  if (typeof values === 'number') return [];
  return 'shape' in values ? values.shape : [values.length];
}

expect.extend({
  toBeAllclose(actual: Numbers, expected: Numbers, tolerance?: Tolerance) {
    const found = difference(actual, expected, tolerance);
    return { pass: found === null, message: () => found ?? 'all elements are close, and should not be' };
  },
});

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a merged declaration must repeat vitest's own type parameter
  interface Matchers<T = any> {
    toBeAllclose(expected: Numbers, tolerance?: Tolerance): T;
  }
}
