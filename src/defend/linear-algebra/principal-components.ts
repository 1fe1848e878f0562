/** Principal components of many vectors, whitened on demand. */
import type { Pause } from '../../core/pause.ts';
import { momentsOf } from './covariance.ts';
import { dot, pointsOf, rowOf, type Points, type Rows } from './rows.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Share of the largest variance below which a direction is rounding. */
const SMALLEST_SHARE = 1e-12;

/** Rows between two pauses. */
const TOGETHER = 1024;

/**
 * The rows' coordinates in the directions of largest variance, centred; at most `components`, fewer where the rows span fewer. At least one
 * column: 0 where all rows are equal.
 */
export async function principalComponents(
  rows: Rows,
  components: number,
  { whiten }: { readonly whiten: boolean },
  pause: Pause,
): Promise<Points> {
  const { mean, covariance } = await momentsOf(rows, pause);
  const { values, vectors } = await symmetricEigen(covariance, rows.width, pause);
  const largest = values.at(-1)!;
  const descending = [...values.keys()].reverse().slice(0, components);
  const kept = descending.filter((index) => values[index]! > largest * SMALLEST_SHARE);
  const axes = kept.map((index) => ({
    vector: rowOf(vectors, rows.width, index),
    scale: whiten ? 1 / Math.sqrt(values[index]!) : 1,
  }));
  const width = Math.max(1, axes.length);
  const data = new Float64Array(rows.count * width);
  const row = new Float64Array(rows.width);
  for (let index = 0; index < rows.count; index++) {
    if (index % TOGETHER === 0) await pause();
    rows.read(index, row);
    for (let i = 0; i < row.length; i++) row[i]! -= mean[i]!;
    axes.forEach(({ vector, scale }, axis) => (data[index * width + axis] = scale * dot(row, vector)));
  }
  return pointsOf(data, width);
}
