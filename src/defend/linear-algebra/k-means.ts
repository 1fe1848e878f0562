/** k-means: centres chosen far apart (k-means++, Arthur and Vassilvitskii, 2007), the best of several starts. */
import type { Pause } from '../../core/pause.ts';
import type { Rng } from '../../core/rng.ts';
import { rowOf, type Points } from './rows.ts';

export interface Clusters {
  /** Of each point: its cluster, 0 … k − 1. */
  readonly of: Int32Array;
  /** [k, width] */
  readonly centres: Float64Array;
  /** Sum of squared distances to the points' own centres. */
  readonly inertia: number;
}

/** Rounds after which a start is given up as it is; it comes to rest long before. */
const MOST_ROUNDS = 300;

/** @returns of `starts` starts the one with the lowest inertia, the first of equals; fewer clusters where there are fewer distinct points */
export async function kMeans(points: Points, k: number, starts: number, rng: Rng, pause: Pause): Promise<Clusters> {
  let best: Clusters | null = null;
  for (let start = 0; start < starts; start++) {
    const found = await settle(points, chooseCentres(points, k, rng.fork(start)), pause);
    if (best === null || found.inertia < best.inertia) best = found;
  }
  if (best === null) throw new Error('k-means needs a start');
  return best;
}

/** The first at random, each of the others with a probability that is its squared distance from those before. */
function chooseCentres({ data, width, count }: Points, k: number, rng: Rng): Float64Array {
  const centres = [rowOf(data, width, rng.integer(count))];
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  while (centres.length < k) {
    const newest = centres.at(-1)!;
    let total = 0;
    for (let index = 0; index < count; index++) {
      nearest[index] = Math.min(nearest[index]!, squaredDistance(rowOf(data, width, index), newest));
      total += nearest[index]!;
    }
    if (total === 0) break;
    let left = rng.uniform() * total;
    // Rounding may leave a little: the last point that is not a centre already.
    let chosen = nearest.findLastIndex((distance) => distance > 0);
    for (let index = 0; index < count; index++) {
      left -= nearest[index]!;
      if (left < 0) {
        chosen = index;
        break;
      }
    }
    centres.push(rowOf(data, width, chosen));
  }
  return Float64Array.from(centres.flatMap((centre) => [...centre]));
}

async function settle({ data, width, count }: Points, centres: Float64Array, pause: Pause): Promise<Clusters> {
  const k = centres.length / width;
  const of = new Int32Array(count).fill(-1);
  let inertia = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await pause();
    let moved = false;
    inertia = 0;
    for (let index = 0; index < count; index++) {
      const { cluster, distance } = nearestCentre(rowOf(data, width, index), centres, k);
      inertia += distance;
      if (of[index] !== cluster) moved = true;
      of[index] = cluster;
    }
    if (!moved) break;
    moveCentres({ data, width, count }, of, centres);
  }
  return { of, centres, inertia };
}

/** Of equally near ones the first. */
function nearestCentre(point: Float64Array, centres: Float64Array, k: number) {
  let [cluster, distance] = [0, Number.POSITIVE_INFINITY];
  for (let c = 0; c < k; c++) {
    const own = squaredDistance(point, rowOf(centres, point.length, c));
    if (own < distance) [cluster, distance] = [c, own];
  }
  return { cluster, distance };
}

/** To the means of their points; one that has lost its points stays. */
function moveCentres({ data, width, count }: Pick<Points, 'data' | 'width' | 'count'>, of: Int32Array, centres: Float64Array): void {
  const k = centres.length / width;
  const [sums, sizes] = [new Float64Array(centres.length), new Int32Array(k)];
  for (let index = 0; index < count; index++) {
    const cluster = of[index]!;
    sizes[cluster]! += 1;
    for (let i = 0; i < width; i++) sums[cluster * width + i]! += data[index * width + i]!;
  }
  for (let c = 0; c < k; c++) {
    if (sizes[c] === 0) continue;
    for (let i = 0; i < width; i++) centres[c * width + i] = sums[c * width + i]! / sizes[c]!;
  }
}

export function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
