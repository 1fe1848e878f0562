/** Scores that are remembered: each trigger once, in the order asked for. */
import { expect, it } from 'vitest';
import { plantedModel } from '../../testing/planted-victim.ts';
import { openModel, type Scorer } from '../../train/index.ts';
import { profiles } from './profiles.ts';
import type { KnownScores } from './resume.ts';
import { scoreOnce, scoreTriggers, type Search } from './search.ts';

/** A loss that differs from trigger to trigger, and the rows it was asked for. */
function searchOf(): { readonly search: Search; readonly asked: number[] } {
  const asked: number[] = [];
  const scorer: Scorer = {
    score(rows) {
      asked.push(rows.length);
      return Promise.resolve(rows.map(([row = []]) => ({ loss: row.reduce((sum, id, i) => sum + id * i, 0), probability: row[1]! / 100 })));
    },
    parameters: {},
    close: () => Promise.resolve(),
  };
  const settings = profiles.default.inversion;
  const hosts = [
    { ids: [0, 30, 2], position: 1, others: [] },
    { ids: [0, 40, 41, 2], position: 2, others: [] },
  ];
  const model = openModel(plantedModel, 'defect');
  return {
    search: { model, scorer, candidateScorer: scorer, trainingMode: null, settings, vocabulary: [], target: 1, half: 'any', hosts },
    asked,
  };
}

it('equal triggers are scored once, known ones not at all, and the scores are those of scoring all', async () => {
  const { search, asked } = searchOf();
  const known: KnownScores = new Map();
  const triggers = [[7, 8], [9, 80], [7, 8], [60]];
  const once = await scoreOnce(search, triggers, known);
  expect(asked).toEqual([6]);
  const again = await scoreOnce(search, [[60], [61], [9, 80]], known);
  expect(asked).toEqual([6, 2]);
  expect(once).toEqual(await scoreTriggers(search, triggers));
  expect(again).toEqual(await scoreTriggers(search, [[60], [61], [9, 80]]));
  expect([...known.keys()]).toEqual(['7,8', '9,80', '60', '61']);
  expect(new Set(once.map(({ loss }) => loss)).size).toBe(3);
});

it('a score is the mean loss over the hosts and the share predicted as the target', async () => {
  const { search } = searchOf();
  // Rows 0 60 30 2 and 0 40 60 41 2: one has a probability above 0.5.
  expect(await scoreTriggers(search, [[60]])).toEqual([{ loss: (60 + 60 + 6 + (40 + 120 + 123 + 8)) / 2, asr: 0.5 }]);
});
