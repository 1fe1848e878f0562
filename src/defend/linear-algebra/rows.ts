/** Many vectors of one width, read one at a time: they may lie anywhere, and need not all be in memory as float64 at once. */

export interface Rows {
  readonly count: number;
  readonly width: number;
  /** Writes row `index` into the first `width` elements of `into`. */
  readonly read: (index: number, into: Float64Array) => void;
}

/** Rows in memory, one after the other: [count, width]. */
export interface Points extends Rows {
  readonly data: Float64Array;
}

export function pointsOf(data: Float64Array, width: number): Points {
  return { data, width, count: data.length / width, read: (index, into) => into.set(rowOf(data, width, index)) };
}

export const rowOf = (data: Float64Array, width: number, index: number): Float64Array => data.subarray(index * width, (index + 1) * width);

export function someRows({ width, read }: Rows, indices: readonly number[]): Rows {
  return { count: indices.length, width, read: (index, into) => read(indices[index]!, into) };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
