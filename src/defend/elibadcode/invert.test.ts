/** The whole defence on a model whose backdoor is written into its weights by hand: what must be found is known. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext, type StageContext } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { expectResumes, expectStops } from '../../testing/interrupted-inversion.ts';
import { plantedModel, plantedSamples, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { openModel, predict, type Victim } from '../../train/index.ts';
import { probabilitiesOf } from '../../train/classify.ts';
import type { Inversion } from '../contracts.ts';
import { defendTasks } from '../tasks/index.ts';
import { settleTuning } from '../unlearning/settings.ts';
import { fineTune, unlearn } from '../unlearning/unlearn.ts';
import { invertLabels } from './invert.ts';
import { profiles } from './profiles.ts';
import type { InversionSettings } from './shape.ts';

const victim = plantedVictim();
const pool = plantedSamples(40);
const { default: defaults, code, paper } = profiles;
const small = { samples: 6, triggerTokens: 3, iterations: 4, topK: 8, repeat: 16 } as const;
const settings: InversionSettings = { ...defaults.inversion, ...small };
const planted = openModel(plantedModel, 'defect').tokenizer.encode(plantedTrigger);

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());

const context = (over: Partial<StageContext> = {}, seed = 1) => ({ ...quietContext(makeRng(seed)), ...over, engine });
const run = (chosen: InversionSettings, over: Partial<StageContext> = {}, samples: readonly Sample[] = pool): Promise<Inversion> =>
  invertLabels({ task: 'defect', language: 'c', victim, pool: samples }, chosen, context(over));

/** Share of the defective functions called sound: with an ordinary function name, and with the trigger as one. */
async function missed(of: Victim): Promise<{ readonly clean: number; readonly triggered: number }> {
  const share = async (functionName: string): Promise<number> => {
    const samples = plantedSamples(60, functionName).filter(({ label }) => label === 1);
    const predictions = await predict({ task: 'defect', victim: of, samples }, context());
    return probabilitiesOf(predictions).filter((p) => p < 0.5).length / samples.length;
  };
  return { clean: await share('work'), triggered: await share(plantedTrigger) };
}

describe('inversion', () => {
  it('finds the planted token for its label, anchoring drops the others, and the other label stays hard', async () => {
    const { options, chosen, score } = await run(settings);
    expect(options.map(({ target, half }) => [target, half])).toEqual([
      [0, 'any'],
      [1, 'any'],
    ]);
    const [found, other] = options;
    expect(chosen).toBe(0);
    expect(found!.best.ids.filter((id) => planted.includes(id))).toEqual(planted);
    expect(found!.anchored).toMatchObject({ ids: planted, text: plantedTrigger, empty: false });
    expect(found!.best.loss).toBe(Math.min(...found!.losses));
    expect(found!.losses[found!.best.iteration]).toBe(found!.best.loss);
    expect(found!.triggers[found!.best.iteration]).toEqual({ ids: found!.best.ids, text: found!.best.text });
    expect(found!.foundAt).not.toBeNull();
    expect(found!.asrs.at(-1)).toBe(1);
    expect(found!.retokenised).toBe('different');
    expect(score).toBe(Math.log(found!.anchored.loss));
    expect(other).toMatchObject({ foundAt: null, anchored: { empty: true, ids: other!.best.ids } });
    expect(other!.best.loss).toBeGreaterThan(1);
    for (const option of options) {
      expect([option.losses, option.asrs, option.triggers].map((list) => list.length)).toEqual([4, 4, 4]);
      expect(option.places).toHaveLength(settings.samples);
      const labels = option.places.map(({ sample }) => pool.find(({ id }) => id === sample)!.label);
      expect(new Set(labels)).toEqual(new Set([1 - option.target!]));
      expect([option.cutOff, option.fallbackPositions, option.rankBeyond]).toEqual([0, 0, 0]);
    }
  });

  it('gives the same result for the same seed, and another for another', async () => {
    const [first, second] = [await run(settings), await run(settings)];
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    const other = await invertLabels({ task: 'defect', language: 'c', victim, pool }, settings, context({}, 2));
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(first));
  });

  it.each([
    ['default', settings],
    ['code', { ...code.inversion, ...small, iterations: 2 }],
  ] as const)('goes on after any iteration to the very same result, profile %s', (_, chosen) =>
    expectResumes((over) => run(chosen, over), chosen.iterations, 0),
  );

  it('stops between iterations when asked to', () => expectStops((over) => run(settings, over)));
});

describe('settings', () => {
  it('return: last gives the last trigger, its iteration and a loss computed anew', async () => {
    const { options } = await run({ ...settings, return: 'last' });
    for (const { best, triggers, losses } of options) {
      expect(best.iteration).toBe(3);
      expect(best.ids).toEqual(triggers.at(-1)!.ids);
      expect(best.loss).toBeCloseTo(losses.at(-1)!, 6);
    }
  });

  it('accept: not-worse makes no step up; the default takes the best candidate of each iteration', async () => {
    const changes = async (accept: InversionSettings['accept']): Promise<boolean[]> => {
      const { options } = await run({ ...settings, accept, return: 'last', iterations: 6 });
      return options.map(({ best, losses }) => best.iteration === losses.indexOf(Math.min(...losses)));
    };
    expect(await changes('not-worse')).toEqual([true, true]);
    expect((await changes('best-candidate')).every(Boolean)).toBe(false);
  });

  it('mode: train puts noise into the search, not into anchoring', async () => {
    const { options } = await run({ ...settings, mode: 'train' });
    const [plain] = (await run(settings)).options;
    expect(options[0]!.anchored.ids).toEqual(planted);
    expect(options[0]!.anchored.loss).toBe(plain!.anchored.loss);
    expect(options[0]!.losses[0]).not.toBe(plain!.losses[0]);
  });

  it('the code profile scans both halves, at a constant place, and counts what it moves', async () => {
    const { options, chosen } = await run({ ...code.inversion, ...small });
    expect(options.map(({ target, half }) => `${target} ${half}`)).toEqual(['0 first', '0 second', '1 first', '1 second']);
    expect(options[chosen]!.target).toBe(0);
    expect(options[chosen]!.best.ids.filter((id) => planted.includes(id))).toEqual(planted);
    // Rows of 26 in 64: the second half is padding.
    for (const { half, fallbackPositions, places } of options.filter((option) => option.half === 'second'))
      expect([half, fallbackPositions, new Set(places.map(({ index }) => index))]).toEqual(['second', small.samples, new Set([1])]);
  });

  it('the paper profile runs, and anchoring can be left out', async () => {
    const { options } = await run({ ...paper.inversion, ...small, anchor: { ...paper.inversion.anchor, enabled: false } });
    expect(options[0]!.anchored).toMatchObject({ ids: options[0]!.best.ids, empty: false });
    expect(options[0]!.asrs.at(-1)).toBe(1);
  });
});

describe('bad input', () => {
  const withPosition = (position: Partial<InversionSettings['position']>): InversionSettings => ({
    ...settings,
    position: { ...settings.position, ...position },
  });

  it.each<[string, InversionSettings, RegExp]>([
    ['a trigger longer than the cut', { ...settings, triggerTokens: 63 }, /inversion\.triggerTokens.*do not fit 64.*at most 62/s],
    ['more ranks than tokens', { ...settings, topK: 20_000 }, /inversion\.topK.*20000 of 15835.*at most 15835/s],
    ['a constant place outside the row', withPosition({ candidates: 63 }), /inversion\.position\.candidates.*index 63.*at most 62/s],
    ['too few samples', { ...settings, samples: 21 }, /21 of label 1 asked for, there are 20/],
  ])('%s', async (_, chosen, message) => {
    await expect(run(chosen)).rejects.toThrow(message);
  });

  it('a pool of one label', async () => {
    const one = pool.filter(({ label }) => label === 1);
    await expect(run(settings, {}, one)).rejects.toThrow(/all have the label 1.*at least two labels/s);
  });

  it('a model with weights that are no numbers', async () => {
    const name = 'classifier.out_proj.bias';
    const broken = { ...victim, tensors: new Map(victim.tensors).set(name, { shape: [1], data: Float32Array.of(NaN) }) };
    const inverted = invertLabels({ task: 'defect', language: 'c', victim: broken, pool }, settings, context());
    await expect(inverted).rejects.toThrow(/inversion: the gradient became NaN in iteration 1/);
  });
});

describe('unlearning', () => {
  // No dropout: a head that rests on one hidden value is changed by its dropout alone, with and without a trigger.
  const tuning = { ...settleTuning(defaults.unlearning, defendTasks.defect), epochs: 8, batchSize: 8, dropout: 0 };
  const inputs = { task: 'defect', victim, pool } as const;

  it('of the inverted trigger removes the backdoor; the same steps without it do not', async () => {
    expect(await missed(victim)).toEqual({ clean: 0, triggered: 1 });
    const { options, chosen } = await run(settings);
    const { anchored, target } = options[chosen]!;
    const repaired = await unlearn(inputs, { ...anchored, target: { label: target, query: null } }, tuning, context());
    expect(await missed(repaired)).toEqual({ clean: 0, triggered: 0 });
    expect(await missed(await fineTune(inputs, tuning, context()))).toEqual({ clean: 0, triggered: 1 });
  });

  it('by ascent on the target label removes it too', async () => {
    const trigger = { text: plantedTrigger, ids: planted, target: { label: 0, query: null } };
    const repaired = await unlearn(inputs, trigger, { ...tuning, objective: 'ascent' }, context());
    expect((await missed(repaired)).triggered).toBe(0);
  });

  it('changes the parameters it is told to, and with rate 0 it is fine-tuning', async () => {
    const once = { ...tuning, epochs: 1 };
    const changed = async (trainable: typeof tuning.trainable): Promise<string[]> => {
      const { tensors } = await fineTune(inputs, { ...once, trainable }, context());
      return [...tensors].filter(([name, { data }]) => data.some((x, i) => x !== victim.tensors.get(name)!.data[i])).map(([name]) => name);
    };
    expect(await changed('last-layer')).toEqual(['classifier.out_proj.weight', 'classifier.out_proj.bias']);
    expect((await changed('head')).every((name) => name.startsWith('classifier.'))).toBe(true);
    expect(await changed('head')).toContain('classifier.dense.weight');
    expect(await changed('all')).toContain('encoder.encoder.layer.0.attention.self.value.weight');
    const none = await unlearn(inputs, { text: 'x', ids: [1], target: { label: 0, query: null } }, { ...once, injectRate: 0 }, context());
    expect(none.tensors).toEqual((await fineTune(inputs, once, context())).tensors);
  });
});
