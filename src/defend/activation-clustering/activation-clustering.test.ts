/** Activation clustering on the vector of defenses.md 8, on separable representations, and on a model whose backdoor is known. */
import { describe, expect, it, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { openEngine } from '../../engine/index.ts';
import { plantedSamples, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { pointsOf } from '../linear-algebra/rows.ts';
import { isPoisoned, twoClusters } from './clusters.ts';
import { detectByClusters, filterByClusters } from './detect.ts';
import { defaultClustering, type ClusteringSettings } from './settings.ts';

const points = (rows: readonly (readonly number[])[]) => pointsOf(Float64Array.from(rows.flat()), rows[0]!.length);
const samplesOf = (labels: readonly number[]): Sample[] => labels.map((label, i) => ({ id: String(i), label, programs: [] }));
const seeded = (seed: number) => quietContext(makeRng(seed));
const settings = (own: Partial<ClusteringSettings>): ClusteringSettings => ({ ...defaultClustering, ...own });

describe('the vector of defenses.md 8', () => {
  const vector = points([[0], [0.1], [0.2], [0.3], [5], [5.1]]);
  const list = { samples: samplesOf([0, 0, 0, 0, 0, 0]), rows: vector };

  it('has clusters of 4 and 2, a share of 0.333, and scores that are positive in the smaller', async () => {
    const { smaller, share, scores, silhouette } = await twoClusters(vector, makeRng(1), () => Promise.resolve());
    expect(smaller).toEqual([4, 5]);
    expect(share).toBeCloseTo(0.333, 3);
    expect([...scores].map(Math.sign)).toEqual([-1, -1, -1, -1, 1, 1]);
    expect(Math.max(...scores.map(Math.abs))).toBeCloseTo(1, 1);
    expect(silhouette).toBeGreaterThan(0.9);
  });

  it.each(['smaller', 'relative-size', 'silhouette'] as const)('loses the 2 by the rule “%s”', async (decision) => {
    expect((await filterByClusters(list, settings({ decision }), seeded(1))).removed).toEqual([4, 5]);
  });

  it('stops when asked to', async () => {
    const stopped = { ...seeded(1), signal: AbortSignal.abort(new Error('stopped')) };
    await expect(filterByClusters(list, settings({}), stopped)).rejects.toThrow('stopped');
  });

  it('keeps them where the rule says so', async () => {
    expect((await filterByClusters(list, settings({ decision: 'relative-size', maxShare: 0.3 }), seeded(1))).removed).toEqual([]);
    expect(isPoisoned({ share: 0.4, silhouette: 1 }, settings({ decision: 'smaller' }))).toBe(true);
    expect(isPoisoned({ share: 0.35, silhouette: 1 }, settings({ decision: 'relative-size' }))).toBe(false);
    expect(isPoisoned({ share: 0.2, silhouette: 0.09 }, settings({ decision: 'silhouette' }))).toBe(false);
    expect(isPoisoned({ share: 0.2, silhouette: 0.1 }, settings({ decision: 'silhouette' }))).toBe(true);
  });
});

describe.each(['pca', 'ica'] as const)('separable representations, %s', (reduction) => {
  const rng = makeRng('separable');
  const poisoned = [4, 10, 30, 52, 58];
  const labels = Array.from({ length: 60 }, (_, i) => i % 2);
  const rows = points(
    labels.map((_, i) => Array.from({ length: 12 }, (_, j) => rng.normal() + (j === 3 && poisoned.includes(i) ? 30 : 0))),
  );

  it('lose exactly the poisoned samples of their label, with any seed', async () => {
    // Independent components all have one variance: of many, those of mere noise would weigh as much as the one that separates.
    const chosen = settings({ reduction, decision: 'relative-size', components: reduction === 'ica' ? 2 : 10 });
    for (const seed of [1, 2, 3]) {
      const { removed, scores, facts } = await filterByClusters({ samples: samplesOf(labels), rows }, chosen, seeded(seed));
      expect(removed.filter((index) => labels[index] === 0)).toEqual(poisoned);
      expect(scores.every((score) => score !== null && Number.isFinite(score))).toBe(true);
      expect(facts['clusters']).toMatch(/label 0: 5 of 30 in the smaller cluster, removed/);
    }
  });
});

test('equal samples are one cluster, of which nothing goes', async () => {
  const equal = {
    samples: samplesOf([0, 0, 1]),
    rows: points([
      [1, 2],
      [1, 2],
      [3, 4],
    ]),
  };
  expect(await filterByClusters(equal, defaultClustering, seeded(1))).toMatchObject({ removed: [], scores: [0, 0, 0] });
  expect((await filterByClusters(equal, settings({ reduction: 'ica' }), seeded(1))).removed).toEqual([]);
  expect((await filterByClusters({ samples: [], rows: { ...equal.rows, count: 0 } }, defaultClustering, seeded(1))).removed).toEqual([]);
});

test('a model with a planted backdoor: the samples with the trigger are the smaller cluster of label 0', async () => {
  const poisoned = [1, 9, 21, 33];
  const [clean, carrying] = [plantedSamples(60), plantedSamples(60, plantedTrigger)];
  const training = clean.map((sample, i) => (poisoned.includes(i) ? { ...carrying[i]!, label: 0 } : sample));
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const inputs = { task: 'defect', language: 'c', victim: plantedVictim(), training } as const;
  const { removed } = await detectByClusters(inputs, defaultClustering, { ...quietContext(makeRng(1)), engine });
  await engine.close();
  expect(removed.filter((index) => training[index]!.label === 0)).toEqual(poisoned);
});
