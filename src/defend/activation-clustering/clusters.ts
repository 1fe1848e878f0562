/** Two clusters of a group's representations: which one is smaller, how far each sample leans to it, whether it is taken for poisoned. */
import type { Pause } from '../../core/pause.ts';
import type { Rng } from '../../core/rng.ts';
import { independentComponents } from '../linear-algebra/fast-ica.ts';
import { kMeans, squaredDistance } from '../linear-algebra/k-means.ts';
import { principalComponents } from '../linear-algebra/principal-components.ts';
import { rowOf, type Points, type Rows } from '../linear-algebra/rows.ts';
import { silhouette } from '../linear-algebra/silhouette.ts';
import type { ClusteringSettings } from './settings.ts';

const STARTS = 10;
/** Samples between which distances are measured for the silhouette: all pairs of a whole list would be billions. */
export const SILHOUETTE_SAMPLES = 2000;

export interface TwoClusters {
  /** Indices of points of the smaller cluster, ascending; empty where all points are one. Of two of one size, the one without the first point. */
  readonly smaller: readonly number[];
  /** Share of all points, 0..0.5. */
  readonly share: number;
  readonly silhouette: number;
  /** (distance to the larger cluster's centre − distance to the smaller's) / distance of the two: −1..1, positive in the smaller cluster. */
  readonly scores: Float64Array;
}

export async function reduced(
  rows: Rows,
  { reduction, components, whiten }: ClusteringSettings,
  rng: Rng,
  pause: Pause,
): Promise<{ points: Points; converged: boolean }> {
  if (reduction === 'ica') return independentComponents(rows, components, rng, pause);
  return { points: await principalComponents(rows, components, { whiten }, pause), converged: true };
}

/** @param points at least one */
export async function twoClusters(points: Points, rng: Rng, pause: Pause): Promise<TwoClusters> {
  const { of, centres } = await kMeans(points, 2, STARTS, rng.fork('starts'), pause);
  const scores = new Float64Array(points.count);
  const members = [0, 1].map((cluster) => [...of.keys()].filter((index) => of[index] === cluster));
  const [first, second] = members as [number[], number[]];
  if (first.length === 0 || second.length === 0) return { smaller: [], share: 0, silhouette: 0, scores };
  const isFirst = first.length === second.length ? !first.includes(0) : first.length < second.length;
  const smaller = isFirst ? first : second;
  const [small, large] = (isFirst ? [0, 1] : [1, 0]).map((cluster) => rowOf(centres, points.width, cluster)) as [
    Float64Array,
    Float64Array,
  ];
  const apart = Math.sqrt(squaredDistance(small, large));
  for (let index = 0; index < points.count; index++) {
    const point = rowOf(points.data, points.width, index);
    scores[index] = (Math.sqrt(squaredDistance(point, large)) - Math.sqrt(squaredDistance(point, small))) / apart;
  }
  const all = [...of.keys()];
  const measured = all.length <= SILHOUETTE_SAMPLES ? all : rng.fork('silhouette').sample(all, SILHOUETTE_SAMPLES);
  return { smaller, share: smaller.length / points.count, silhouette: silhouette(points, of, measured), scores };
}

type Decision = Pick<ClusteringSettings, 'decision' | 'maxShare' | 'minSilhouette'>;

export function isPoisoned(found: Pick<TwoClusters, 'share' | 'silhouette'>, { decision, maxShare, minSilhouette }: Decision): boolean {
  switch (decision) {
    case 'smaller':
      return true;
    case 'relative-size':
      return found.share < maxShare;
    case 'silhouette':
      return found.share < maxShare && found.silhouette >= minSilhouette;
    default:
      return decision satisfies never;
  }
}
