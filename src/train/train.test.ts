/** The training stage refuses a list of which nothing is left. */
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { quietContext } from '../core/stage.ts';
import { openEngine } from '../engine/index.ts';
import { plantedModel, plantedSamples } from '../testing/planted-victim.ts';
import type { TrainingConfig } from './contracts.ts';
import { train } from './train.ts';

test('a list that a filter has emptied is said, whatever the settings', async () => {
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const training: TrainingConfig = {
    ...{ epochs: 1, batchSize: 8, learningRate: 1e-3, warmup: 0, clipNorm: 1, dropout: 0, order: 'random', threshold: 'half' },
  };
  const context = { ...quietContext(makeRng(1)), engine };
  const data = { task: 'defect', train: [], valid: plantedSamples(4) } as const;
  await expect(train(data, { model: plantedModel, training }, context)).rejects.toThrow(/training: the list has no sample/);
  await engine.close();
});
