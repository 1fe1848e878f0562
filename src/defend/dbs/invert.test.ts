/** DBS on a model whose backdoor is written into its weights by hand: what must be found is known. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext, type StageContext } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { expectResumes, expectStops } from '../../testing/interrupted-inversion.ts';
import { plantedModel, plantedSamples, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { openModel } from '../../train/index.ts';
import '../../testing/matchers.ts';
import type { Inversion, InversionOption } from '../contracts.ts';
import { invertSoftly } from './invert.ts';
import { defaults, type DbsInversion } from './settings.ts';

const victim = plantedVictim();
const pool = plantedSamples(40);
const model = openModel(plantedModel, 'defect');
const planted = model.tokenizer.encode(plantedTrigger);
/** Without the pieces that a blank precedes: `bug`, which makes functions defective, is one of them. */
const vocabulary = { rule: 'word-characters', wordStart: 'exclude', onEmpty: 'error' } as const;
/** Of two the planted victim's cancel out, and rows that start equal stay equal until noise parts them. */
const settings: DbsInversion = { ...defaults.inversion, vocabulary, triggerTokens: 1, samples: 6, epochs: 40 };
/** Rolls back in its third epoch: everything counts as discrete, and the barrier is halved at once. */
const short: DbsInversion = {
  ...settings,
  ...{ epochs: 4, barrier: 7, slack: 10, samples: 3 },
  temperature: { ...settings.temperature, checkEvery: 2 },
};

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());

const run = (chosen: DbsInversion, over: Partial<StageContext> = {}, samples: readonly Sample[] = pool, seed = 1): Promise<Inversion> =>
  invertSoftly({ task: 'defect', language: 'c', victim, pool: samples }, chosen, { ...quietContext(makeRng(seed)), ...over, engine });

describe('inversion', () => {
  it('finds the planted token for its label, and the other label stays hard', async () => {
    const { options, chosen, score } = await run(settings);
    expect(options.map(({ target, half }) => [target, half])).toEqual([
      [0, 'any'],
      [1, 'any'],
    ]);
    const [found, other] = options;
    expect(chosen).toBe(0);
    expect(found!.best).toMatchObject({ ids: planted, text: plantedTrigger });
    expect(found!.anchored).toEqual({ ids: planted, text: plantedTrigger, loss: found!.best.loss, empty: false });
    expect(found!.best.loss).toBeLessThan(0.015);
    // The mixture's loss was that of its token.
    expect(found).not.toHaveProperty('notDiscrete');
    expect(found!.losses[found!.best.iteration]).toBeAllclose(found!.best.loss, { relative: 0.2 });
    expect(found!.triggers[found!.best.iteration]).toEqual({ ids: planted, text: plantedTrigger });
    expect(found!.asrs[found!.best.iteration]).toBe(1);
    expect(found!.losses[found!.foundAt!]).toBeLessThanOrEqual(0.015);
    expect(score).toBe(Math.log(found!.anchored.loss));
    expect(other).toMatchObject({ foundAt: null, notDiscrete: true, anchored: { empty: false } });
    expect(other!.best.loss).toBeGreaterThan(1);
    for (const option of options) {
      expect([option.losses, option.asrs, option.triggers].map((list) => list.length)).toEqual([40, 40, 40]);
      expect(new Set(option.places.map(({ index }) => index))).toEqual(new Set([1]));
      const labels = option.places.map(({ sample }) => pool.find(({ id }) => id === sample)!.label);
      expect([labels.length, new Set(labels)]).toEqual([6, new Set([1 - option.target!])]);
      expect([option.cutOff, option.fallbackPositions, option.rankBeyond, option.tokenChanges]).toEqual([0, 0, 0, []]);
      expect(option).not.toHaveProperty('place');
    }
  });

  it('calls a mixture that is no trigger by the loss of its tokens, and flags it', async () => {
    const { options } = await run({ ...settings, triggerTokens: 2, targets: [0], epochs: 18 });
    const [{ best, losses, notDiscrete }] = options as [InversionOption];
    expect([best.ids, notDiscrete]).toEqual([[...planted, ...planted], true]);
    expect(losses[best.iteration]).toBe(Math.min(...losses));
    expect(losses[best.iteration]).toBeLessThan(0.01);
    expect(best.loss).toBeGreaterThan(1);
  });

  it('gives the same result for the same seed, noise included, and another for another', async () => {
    const [first, second, other] = [await run(short), await run(short), await run(short, {}, pool, 2)];
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(first));
  });

  it('goes on after any epoch to the very same result', () => expectResumes((over) => run(short, over), short.epochs, 1));

  it('stops between epochs when asked to', () => expectStops((over) => run(short, over)));
});

describe('settings', () => {
  const once: DbsInversion = { ...settings, samples: 3, epochs: 1 };

  it('tries every place for every target; a row too short for a place carries the trigger at index 1, counted', async () => {
    const { options } = await run({ ...once, positions: [1, 50] });
    expect(options.map(({ target, place }) => [target, place])).toEqual([
      [0, 1],
      [0, 50],
      [1, 1],
      [1, 50],
    ]);
    expect(options.map(({ fallbackPositions }) => fallbackPositions)).toEqual([0, 3, 0, 3]);
    expect(options[1]!.places).toEqual(options[0]!.places);
  });

  it('targets: only those that are listed', async () => {
    expect((await run({ ...once, targets: [1] })).options.map(({ target }) => target)).toEqual([1]);
  });

  it('noise: a roll-back’s alone', async () => {
    const one: DbsInversion = { ...short, targets: [0] };
    const [quiet, loud] = [(await run({ ...one, noise: 0 })).options[0]!, (await run(one)).options[0]!];
    expect(quiet.losses.slice(0, 2)).toEqual(loud.losses.slice(0, 2));
    expect(quiet.losses[2]).not.toBe(loud.losses[2]);
  });

  it.each<[string, Partial<DbsInversion>, RegExp]>([
    ['a trigger longer than the cut', { triggerTokens: 63 }, /inversion\.triggerTokens.*do not fit 64.*at most 62/s],
    ['a place outside the row', { positions: [1, 63] }, /inversion\.positions.*index 63 do not fit 64.*at most 62/s],
    ['a label that is not there', { targets: [0, 2] }, /inversion\.targets.*label 2.*0, 1/s],
    ['too few samples', { samples: 21 }, /21 of label 1 asked for, there are 20/],
  ])('%s', async (_, changes, message) => {
    await expect(run({ ...once, ...changes })).rejects.toThrow(message);
  });

  it('a pool of one label', async () => {
    const one = pool.filter(({ label }) => label === 1);
    await expect(run(once, {}, one)).rejects.toThrow(/all have the label 1.*at least two labels/s);
  });

  it('a model with weights that are no numbers', async () => {
    const broken = {
      ...victim,
      tensors: new Map(victim.tensors).set('classifier.out_proj.bias', { shape: [1], data: Float32Array.of(NaN) }),
    };
    const inverted = invertSoftly({ task: 'defect', language: 'c', victim: broken, pool }, once, { ...quietContext(makeRng(1)), engine });
    await expect(inverted).rejects.toThrow(/inversion: the loss became NaN in epoch 1/);
  });
});
