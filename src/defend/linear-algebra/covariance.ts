/** Mean and covariance of many vectors, in float64: what principal components and singular vectors are made of. */
import type { Pause } from '../../core/pause.ts';
import type { Rows } from './rows.ts';

export interface Moments {
  /** [d] */
  readonly mean: Float64Array;
  /** MᵀM/N of the centred rows M [N, d]: [d, d], symmetric. Its eigenvectors are M's right singular vectors. */
  readonly covariance: Float64Array;
}

/** Rows that are added to the covariance at once: its d·d entries are then passed over as many times fewer. */
type Block = readonly [Float64Array, Float64Array, Float64Array, Float64Array];
const BLOCK = 4;
/** Rows between two pauses: some 0.1 s at width 1,536. */
const TOGETHER = 128;

/** @param rows at least one */
export async function momentsOf(rows: Rows, pause: Pause): Promise<Moments> {
  const { count, width } = rows;
  const mean = meanOf(rows);
  const covariance = new Float64Array(width * width);
  const empty = (): Float64Array => new Float64Array(width);
  const block: Block = [empty(), empty(), empty(), empty()];
  for (let start = 0; start < count; start += BLOCK) {
    if (start % TOGETHER === 0) await pause();
    for (const [offset, row] of block.entries()) {
      if (start + offset >= count) {
        row.fill(0);
        continue;
      }
      rows.read(start + offset, row);
      for (let i = 0; i < width; i++) row[i]! -= mean[i]!;
    }
    addProducts(covariance, block, width);
  }
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) covariance[j * width + i] = covariance[i * width + j]! /= count;
  }
  return { mean, covariance };
}

/** [d]; @param rows at least one */
export function meanOf({ count, width, read }: Rows): Float64Array {
  const [sum, row] = [new Float64Array(width), new Float64Array(width)];
  for (let index = 0; index < count; index++) {
    read(index, row);
    for (let i = 0; i < width; i++) sum[i]! += row[i]!;
  }
  return sum.map((value) => value / count);
}

/** The upper half alone: the lower is the same. */
function addProducts(covariance: Float64Array, [a, b, c, d]: Block, width: number): void {
  for (let i = 0; i < width; i++) {
    const [ai, bi, ci, di] = [a[i]!, b[i]!, c[i]!, d[i]!];
    const place = i * width;
    for (let j = i; j < width; j++) covariance[place + j]! += ai * a[j]! + bi * b[j]! + ci * c[j]! + di * d[j]!;
  }
}
