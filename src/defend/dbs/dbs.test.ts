/** DBS as a defence: its settings, and all its phases on the planted victim. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { plantedSamples, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { probabilitiesOf } from '../../train/classify.ts';
import { predict, type Victim } from '../../train/index.ts';
import { dbs } from '../defenses/dbs.ts';
import { defaults } from './settings.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());
const context = () => ({ ...quietContext(makeRng(1)), engine });

it('has the defaults of the table (defenses.md 1)', () => {
  expect(dbs.params.parse({})).toEqual(defaults);
  expect(defaults.inversion).toMatchObject({ triggerTokens: 5, epochs: 100, learningRate: 0.5, decayEvery: 50, decay: 0.5 });
  expect(defaults.inversion).toMatchObject({ barrier: 0.1, noise: 10, slack: 0.001, rollbackLimit: 5, samples: 10 });
  expect(defaults.inversion).toMatchObject({ temperature: { start: 2, max: 2, checkEvery: 5, factor: 2 }, positions: [1] });
  expect(defaults.verdict).toEqual({ rule: 'calibrated', threshold: 2, lossBelow: 0.001 });
});

it('takes the values of the other sources, and refuses what is none', () => {
  const own = { triggerTokens: 10, epochs: 200, samples: 20, positions: [1, 50] };
  const code = { rollbackLimit: null, discrete: 'code', targets: [0] };
  for (const inversion of [own, code])
    expect(dbs.params.parse({ inversion })).toEqual({ ...defaults, inversion: { ...defaults.inversion, ...inversion } });
  for (const inversion of [{ positions: [] }, { positions: [0] }, { temperature: { factor: 1 } }, { targets: 'some' }, { epochs: 0 }])
    expect(dbs.params.safeParse({ inversion }).success).toBe(false);
});

it('finds the trigger, judges by its loss, and unlearns it', async () => {
  const victim = plantedVictim();
  const scene = { task: 'defect', language: 'c', victim, pool: plantedSamples(40) } as const;
  const vocabulary = { rule: 'word-characters', wordStart: 'exclude' };
  const given = dbs.params.parse({
    inversion: { triggerTokens: 1, samples: 6, epochs: 40, targets: [0], vocabulary },
    verdict: { rule: 'loss', lossBelow: 0.02 },
    // No dropout: a head that rests on one hidden value is changed by its dropout alone.
    unlearning: { epochs: 8, batchSize: 8, dropout: 0 },
  });
  const params = dbs.settle!(given, 'defect');
  const inversion = await dbs.invert!.run(scene, params, context());
  expect(dbs.judge!(inversion, [], params)).toMatchObject({ rule: 'loss', verdict: 'backdoored', targetLabel: 0, threshold: 0.02 });
  expect(await missed(victim)).toEqual({ clean: 0, triggered: 1 });
  expect(await missed(await dbs.repair!.run({ ...scene, inversion }, params, context()))).toEqual({ clean: 0, triggered: 0 });
});

/** Share of the defective functions called sound: with an ordinary function name, and with the trigger as one. */
async function missed(victim: Victim): Promise<{ readonly clean: number; readonly triggered: number }> {
  const share = async (functionName: string): Promise<number> => {
    const samples = plantedSamples(20, functionName).filter(({ label }) => label === 1);
    const predictions = await predict({ task: 'defect', victim, samples }, context());
    return probabilitiesOf(predictions).filter((p) => p < 0.5).length / samples.length;
  };
  return { clean: await share('work'), triggered: await share(plantedTrigger) };
}
