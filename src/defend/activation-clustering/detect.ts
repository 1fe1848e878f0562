/** Activation clustering's filter (Chen et al., SafeAI 2019): each label's representations in two clusters, of which one may be poisoned. */
import { pauseFor } from '../../core/pause.ts';
import type { Detection, PhaseContext, Provided } from '../contracts.ts';
import { someRows, type Rows } from '../linear-algebra/rows.ts';
import { groupsOf, representationsOf } from '../representations.ts';
import { isPoisoned, reduced, SILHOUETTE_SAMPLES, twoClusters } from './clusters.ts';
import type { ClusteringSettings } from './settings.ts';

type Inputs = Provided<'victim' | 'training'>;

export async function detectByClusters(inputs: Inputs, settings: ClusteringSettings, context: PhaseContext): Promise<Detection> {
  const list = { samples: inputs.training, rows: await representationsOf(inputs, context) };
  return filterByClusters(list, settings, { rng: context.rng.fork('clusters'), signal: context.signal });
}

interface List {
  readonly samples: Inputs['training'];
  readonly rows: Rows;
}

export async function filterByClusters(
  { samples, rows }: List,
  settings: ClusteringSettings,
  { rng, signal }: Pick<PhaseContext, 'rng' | 'signal'>,
): Promise<Detection> {
  const pause = pauseFor(signal);
  const scores = new Array<number>(samples.length).fill(0);
  const removed: number[] = [];
  const sizes: string[] = [];
  for (const { name, indices } of groupsOf(samples, settings.group)) {
    const own = rng.fork(name);
    const { points, converged } = await reduced(someRows(rows, indices), settings, own.fork('components'), pause);
    const found = await twoClusters(points, own, pause);
    const isTaken = isPoisoned(found, settings);
    indices.forEach((index, i) => (scores[index] = found.scores[i]!));
    if (isTaken) removed.push(...found.smaller.map((i) => indices[i]!));
    const drawn = indices.length > SILHOUETTE_SAMPLES ? ` (of ${SILHOUETTE_SAMPLES} samples)` : '';
    sizes.push(
      `${name}: ${found.smaller.length} of ${indices.length} in the smaller cluster, ${isTaken ? 'removed' : 'kept'}, ` +
        `silhouette ${found.silhouette.toFixed(3)}${drawn}${converged ? '' : ', components did not come to rest'}`,
    );
  }
  return { scores, removed: removed.sort((a, b) => a - b), facts: { clusters: sizes.join('; ') } };
}
