/** The spectral signature on vectors worked out by hand, on separable representations, and on a model whose backdoor is known. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { openEngine } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { plantedSamples, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { pointsOf, type Rows } from '../linear-algebra/rows.ts';
import { detectBySpectrum, filterBySpectrum } from './detect.ts';
import { spectralScores } from './scores.ts';
import { defaultSpectral } from './settings.ts';

const points = (rows: readonly (readonly number[])[]) => pointsOf(Float64Array.from(rows.flat()), rows[0]!.length);
const stopped = { signal: AbortSignal.abort(new Error('stopped')) };
const quiet = quietContext(makeRng(1));
const scoresOf = (rows: Rows, k: number, eigenvector: 'column' | 'row') =>
  spectralScores(rows, { k, eigenvector }, () => Promise.resolve());
const samplesOf = (labels: readonly number[]): Sample[] => labels.map((label, i) => ({ id: String(i), label, programs: [] }));

describe('the vector of defenses.md 7', () => {
  const rows = points([
    [3, 4],
    [-3, -4],
    [0.4, -0.3],
    [-0.4, 0.3],
  ]);

  it('has the scores 25, 25, 0, 0', async () => {
    expect(await scoresOf(rows, 1, 'column')).toBeAllclose([25, 25, 0, 0], { absolute: 1e-12 });
    // Both directions: the whole length.
    expect(await scoresOf(rows, 2, 'column')).toBeAllclose([25, 25, 0.25, 0.25]);
    expect(await scoresOf(rows, 9, 'column')).toBeAllclose([25, 25, 0.25, 0.25]);
  });

  it('has others with the row in place of the column', async () => {
    expect(await scoresOf(rows, 1, 'row')).toBeAllclose([1.96, 1.96, 0.2304, 0.2304]);
  });
});

test('scores do not depend on where the rows’ centre lies', async () => {
  const list = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 2, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(list, fc.integer({ min: -50, max: 50 }), async (rows, shift) => {
      // Of k = d the score is the squared length, whichever the directions are.
      const shifted = rows.map(([a, b]) => [a + shift, b - shift]);
      const [own, moved] = [await scoresOf(points(rows), 2, 'column'), await scoresOf(points(shifted), 2, 'column')];
      expect(moved).toBeAllclose([...own], { relative: 1e-9, absolute: 1e-9 });
    }),
    { seed: 1 },
  );
});

describe('what is removed', () => {
  const rng = makeRng('separable');
  const poisoned = [7, 20, 33, 41];
  const labels = Array.from({ length: 80 }, (_, i) => (poisoned.includes(i) ? 0 : i % 2));
  const rows = points(labels.map((_, i) => [0.1 * rng.normal(), 0.1 * rng.normal(), poisoned.includes(i) ? 5 : 0.1 * rng.normal()]));
  const list = { samples: samplesOf(labels), rows };
  const rate = poisoned.length / labels.length;

  it('holds every poisoned sample of separable representations: 1.5·ε·N of each label', async () => {
    const { removed, scores, byGroup } = await filterBySpectrum(list, rate, defaultSpectral, quiet);
    expect(removed).toHaveLength(12);
    expect(removed).toEqual([...removed].sort((a, b) => a - b));
    expect(poisoned.every((index) => removed.includes(index))).toBe(true);
    expect(removed.filter((index) => labels[index] === 0)).toHaveLength(6);
    expect(
      [...scores.keys()]
        .sort((a, b) => scores[b]! - scores[a]!)
        .slice(0, 4)
        .sort((a, b) => a - b),
    ).toEqual(poisoned);
    await expect(filterBySpectrum(list, rate, defaultSpectral, stopped)).rejects.toThrow('stopped');
    expect(byGroup).toEqual(['label 0: 6 of 43', 'label 1: 6 of 37']);
    expect((await filterBySpectrum(list, rate, { ...defaultSpectral, group: 'all', factor: 1 }, quiet)).removed).toEqual(poisoned);
    expect((await filterBySpectrum(list, rate, { ...defaultSpectral, group: 'chunk', factor: 1 }, quiet)).removed).toEqual(poisoned);
  });

  it('is nothing where nothing is expected, and at most everything; every sample has a score', async () => {
    const none = await filterBySpectrum(list, 0, defaultSpectral, quiet);
    expect(none.removed).toEqual([]);
    expect(none.scores.filter((score) => score > 0)).toHaveLength(80);
    expect((await filterBySpectrum(list, 1, defaultSpectral, quiet)).removed).toEqual([...labels.keys()]);
    expect((await filterBySpectrum({ samples: [], rows: { ...rows, count: 0 } }, 0.1, defaultSpectral, quiet)).removed).toEqual([]);
  });
});

test('a model with a planted backdoor: samples with the trigger reach label 0 by another direction', async () => {
  const clean = plantedSamples(48);
  const poisoned = [1, 9, 21];
  const carrying = plantedSamples(48, plantedTrigger);
  const training = clean.map((sample, i) => (poisoned.includes(i) ? { ...carrying[i]!, label: 0 } : sample));
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const inputs = { task: 'defect', language: 'c', victim: plantedVictim(), training, poisonRate: 3 / 48 } as const;
  const context = { ...quietContext(makeRng(1)), engine };
  const { scores, removed, facts } = await detectBySpectrum(inputs, defaultSpectral, context);
  const given = await detectBySpectrum(inputs, { ...defaultSpectral, poisonRate: 0.25, factor: 1 }, context);
  await engine.close();
  expect(scores).toHaveLength(48);
  expect(poisoned.every((index) => removed.includes(index))).toBe(true);
  expect(facts).toEqual({ spectralRemoved: 'label 0: 5 of 27, label 1: 5 of 21', spectralRate: '0.0625 (the true rate: an oracle)' });
  expect(given.removed).toHaveLength(24);
  expect(given.facts).toMatchObject({ spectralRate: '0.25 (given)' });
});
