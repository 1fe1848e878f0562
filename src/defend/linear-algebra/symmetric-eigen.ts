/**
 * Eigenvalues and -vectors of a symmetric matrix in float64: reflections make it tridiagonal, rotations with Wilkinson's shift then
 * diagonal (Golub and Van Loan, Matrix Computations, 8.3). About 7 d³ products for width d.
 */
import type { Pause } from '../../core/pause.ts';

export interface Eigen {
  /** Ascending, as LAPACK gives them: [d]. */
  readonly values: Float64Array;
  /** Of length 1, the vector of value i as row i: [d, d]. Of each, the entry of largest size is positive (the first, if several are). */
  readonly vectors: Float64Array;
}

/** @param matrix [d, d], symmetric; left as it is */
export async function symmetricEigen(matrix: Float64Array, width: number, pause: Pause): Promise<Eigen> {
  if (matrix.some((value) => !Number.isFinite(value))) throw new Error('eigenvalues asked of a matrix with entries that are no numbers');
  const { diagonal, beside, basis } = await tridiagonal(Float64Array.from(matrix), width, pause);
  await diagonalise(diagonal, beside, basis, width, pause);
  const order = [...diagonal.keys()].sort((a, b) => diagonal[a]! - diagonal[b]!);
  const vectors = new Float64Array(width * width);
  order.forEach((from, to) => vectors.set(pointed(basis.subarray(from * width, (from + 1) * width)), to * width));
  return { values: Float64Array.from(order, (index) => diagonal[index]!), vectors };
}

/** A vector and its negative are both right; which one it is must not depend on rounding. */
function pointed(vector: Float64Array): Float64Array {
  const size = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const largest = vector.find((value) => Math.abs(value) > size * (1 - 1e-9)) ?? 0;
  return largest < 0 ? vector.map((value) => -value) : vector;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i stands between i and i + 1; the last is 0. */
  readonly beside: Float64Array;
  /** Rows b_i with matrix = Σ T_ij b_i b_jᵀ. */
  readonly basis: Float64Array;
}

/** Columns between two pauses. */
const TOGETHER = 8;

/** @param a is used up */
async function tridiagonal(a: Float64Array, n: number, pause: Pause): Promise<Tridiagonal> {
  const beside = new Float64Array(n);
  const reflections: { readonly first: number; readonly v: Float64Array; readonly factor: number }[] = [];
  for (let k = 0; k + 1 < n; k++) {
    if (k % TOGETHER === 0) await pause();
    const v = a.slice(k * n + k + 1, (k + 1) * n);
    const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    const alpha = v[0]! > 0 ? -norm : norm;
    // What lies further from the diagonal is 0 already.
    if (k + 2 === n || norm === 0) {
      beside[k] = v[0]!;
      continue;
    }
    beside[k] = alpha;
    v[0]! -= alpha;
    const square = v.reduce((sum, value) => sum + value * value, 0);
    if (square === 0) continue;
    reflect(a, n, k + 1, v, 2 / square);
    reflections.push({ first: k + 1, v, factor: 2 / square });
  }
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  for (const { first, v, factor } of reflections.reverse()) {
    if (first % TOGETHER === 0) await pause();
    for (let row = first; row < n; row++) {
      const place = row * n + first;
      let sum = 0;
      for (let i = 0; i < v.length; i++) sum += basis[place + i]! * v[i]!;
      for (let i = 0; i < v.length; i++) basis[place + i]! -= factor * sum * v[i]!;
    }
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), beside, basis };
}

/** (I − factor·v·vᵀ)·A·(I − factor·v·vᵀ) for the square of `a` that begins at `first`. */
function reflect(a: Float64Array, n: number, first: number, v: Float64Array, factor: number): void {
  const size = v.length;
  const p = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const place = (first + i) * n + first;
    let sum = 0;
    for (let j = 0; j < size; j++) sum += a[place + j]! * v[j]!;
    p[i] = factor * sum;
  }
  let half = 0;
  for (let i = 0; i < size; i++) half += p[i]! * v[i]!;
  half *= factor / 2;
  for (let i = 0; i < size; i++) p[i]! -= half * v[i]!;
  for (let i = 0; i < size; i++) {
    const place = (first + i) * n + first;
    const [vi, pi] = [v[i]!, p[i]!];
    for (let j = 0; j < size; j++) a[place + j]! -= vi * p[j]! + pi * v[j]!;
  }
}

/** Sweeps an eigenvalue may take; two are usual. */
const MOST_SWEEPS = 100;

/** Makes `beside` 0, in place. */
async function diagonalise(diagonal: Float64Array, beside: Float64Array, basis: Float64Array, n: number, pause: Pause): Promise<void> {
  const isZero = (i: number): boolean => Math.abs(beside[i]!) <= Number.EPSILON * (Math.abs(diagonal[i]!) + Math.abs(diagonal[i + 1]!));
  let sweeps = 0;
  for (let last = n - 1; last > 0;) {
    if (isZero(last - 1)) {
      beside[last - 1] = 0;
      last--;
      sweeps = 0;
      continue;
    }
    if (++sweeps > MOST_SWEEPS) throw new Error(`an eigenvalue took more than ${MOST_SWEEPS} sweeps`);
    await pause();
    let first = last - 1;
    while (first > 0 && !isZero(first - 1)) first--;
    sweep(diagonal, beside, basis, n, first, last);
  }
}

/** One step from `first` to `last`, shifted by the eigenvalue of the last two entries that is closer to the last. */
function sweep(diagonal: Float64Array, beside: Float64Array, basis: Float64Array, n: number, first: number, last: number): void {
  const half = (diagonal[last - 1]! - diagonal[last]!) / 2;
  const off = beside[last - 1]!;
  const shift = diagonal[last]! - (off * off) / (half + (half < 0 ? -1 : 1) * Math.hypot(half, off));
  let [x, z] = [diagonal[first]! - shift, beside[first]!];
  for (let k = first; k < last; k++) {
    const r = Math.hypot(x, z);
    const [c, s] = r === 0 ? [1, 0] : [x / r, z / r];
    if (k > first) beside[k - 1] = r;
    const [a, b, g] = [diagonal[k]!, beside[k]!, diagonal[k + 1]!];
    diagonal[k] = c * c * a + 2 * c * s * b + s * s * g;
    diagonal[k + 1] = s * s * a - 2 * c * s * b + c * c * g;
    beside[k] = (c * c - s * s) * b + c * s * (g - a);
    if (k + 1 < last) {
      x = beside[k]!;
      z = s * beside[k + 1]!;
      beside[k + 1]! *= c;
    }
    for (let i = k * n, end = i + n; i < end; i++) {
      const [own, next] = [basis[i]!, basis[i + n]!];
      basis[i] = c * own + s * next;
      basis[i + n] = c * next - s * own;
    }
  }
}
