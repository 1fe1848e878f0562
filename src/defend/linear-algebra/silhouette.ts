/** The silhouette score of two clusters (Rousseeuw, 1987). */
import { squaredDistance } from './k-means.ts';
import { rowOf, type Points } from './rows.ts';

/**
 * Mean over `indices` of (b − a)/max(a, b): a the mean distance to the other points of the own cluster, b to those of the other one, all
 * among `indices`. A point alone in its cluster counts 0, as does everything where one of the two is empty.
 * @param of cluster of each point, 0 or 1
 */
export function silhouette({ data, width }: Points, of: Int32Array, indices: readonly number[]): number {
  const sizes = [0, 1].map((cluster) => indices.filter((index) => of[index] === cluster).length) as [number, number];
  if (sizes.includes(0)) return 0;
  let total = 0;
  for (const index of indices) {
    const point = rowOf(data, width, index);
    const sums: [number, number] = [0, 0];
    for (const other of indices) sums[of[other] as 0 | 1] += Math.sqrt(squaredDistance(point, rowOf(data, width, other)));
    const own = of[index] as 0 | 1;
    if (sizes[own] === 1) continue;
    const a = sums[own] / (sizes[own] - 1);
    const b = sums[own === 0 ? 1 : 0] / sizes[own === 0 ? 1 : 0];
    const larger = Math.max(a, b);
    total += larger === 0 ? 0 : (b - a) / larger;
  }
  return total / indices.length;
}
