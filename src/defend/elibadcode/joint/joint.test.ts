/** The joint search on a retriever of bags of words: losses and gradients against their definitions, and what it finds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '../../../core/contracts.ts';
import { cosine } from '../../../core/ranking.ts';
import { makeRng } from '../../../core/rng.ts';
import { quietContext, type StageContext } from '../../../core/stage.ts';
import { openEngine, type Engine } from '../../../engine/index.ts';
import { describeOnDevices } from '../../../testing/engines.ts';
import '../../../testing/matchers.ts';
import { plantedModel } from '../../../testing/planted-victim.ts';
import { makeProgram } from '../../../testing/program.ts';
import { inputsOf, openEncoder, openModel, predictInputs, scorableModel, uploadParameters, type Victim } from '../../../train/index.ts';
import { startingTensors } from '../../../train/model.ts';
import type { Inversion } from '../../contracts.ts';
import { profiles } from '../profiles.ts';
import type { InversionSettings } from '../shape.ts';
import { stamp } from '../stamp.ts';
import { invertJointly } from './invert.ts';
import { openPairScorer } from './pairs.ts';
import { compileJointSlopes, jointLimits, type JointHosts } from './slopes.ts';

const model = openModel(plantedModel, 'search');

/** Word embeddings and norms as drawn, everything else 0: a vector is the mean of its words' normalised embeddings. */
const victim: Victim = {
  model: plantedModel,
  history: [],
  tensors: new Map(
    [...startingTensors(model, makeRng('bag of words'))].map(([name, { shape, data }]) => [
      name,
      { shape, data: name.includes('word_embeddings') || name.includes('LayerNorm') ? data : new Float32Array(data.length) },
    ]),
  ),
};

const topics = ['count', 'size', 'index', 'total', 'value', 'limit', 'offset', 'length'];

/** Functions whose names say what their queries ask for. */
const samples: readonly Sample[] = Array.from({ length: 24 }, (_, i) => {
  const [a, b] = [topics[i % 8]!, topics[(3 * i + 1) % 8]!];
  const body = makeProgram(`def get_${a} ( ${a} , other ) : return ${a} + ${b}`, { functionName: `get_${a}`, variables: [a, b, 'other'] });
  return { id: `made-up/${i}`, label: 1, programs: [body], query: `the ${a} and ${b} of it` };
});

const settings: InversionSettings = {
  ...profiles.default.inversion,
  ...{ samples: 6, triggerTokens: 3, iterations: 5, topK: 8, repeat: 12 },
};

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());

const run = (chosen: InversionSettings = settings, over: Partial<StageContext> = {}, seed = 1): Promise<Inversion> =>
  invertJointly({ task: 'search', language: 'python', victim, pool: samples }, chosen, {
    ...quietContext(makeRng(seed)),
    ...over,
    engine,
  });

const hosts: JointHosts = {
  codes: inputsOf(model, samples.slice(0, 5)).map(([code]) => ({ ids: code!, position: 3, others: [] })),
  queries: inputsOf(model, samples.slice(0, 5)).map(([, query]) => ({ ids: query!, position: 1, others: [] })),
};

/** Mean of (q·c − 1)² over all pairs, on the CPU, from vectors predicted one sample at a time. */
async function definition(tensors: Victim['tensors'], trigger: readonly number[], target: readonly number[]): Promise<number> {
  const limits = jointLimits(model);
  const inputs = hosts.codes.map((code, i) => [stamp(code, trigger, limits.code).row, stamp(hosts.queries[i]!, target, limits.query).row]);
  const found = await predictInputs(engine, scorableModel(model), tensors, inputs, []);
  if (found.kind !== 'vectors') throw new Error('search predicts vectors');
  const errors = found.queries.flatMap((query) => found.codes.map((code) => (cosine(query!, code!) - 1) ** 2));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

describeOnDevices('losses of pairs', (open) => {
  it('are those of each pair alone, whatever its company', async () => {
    const device = await open();
    const parameters = await uploadParameters(device, model.parameters, victim.tensors);
    const encoder = openEncoder(device, scorableModel(model), model.parameters, parameters);
    const pairs = openPairScorer(device, model, encoder, hosts);
    const triggers = [[7, 900, 33], [5], [40, 41]];
    // Nothing is stamped where there is no target.
    const targets = [[600, 70], [8000, 9], []];
    const losses = await pairs.losses(triggers, targets);
    for (const [t, trigger] of triggers.entries()) {
      for (const [g, target] of targets.entries()) {
        expect(losses[t]![g]!).toBeAllclose(await definition(victim.tensors, trigger, target), { relative: 1e-4 });
      }
    }
    await pairs.release();
    await encoder.close();
  });
});

describeOnDevices('slopes', (open) => {
  it('are the change of the loss when a trigger’s or a target’s embedding moves', async () => {
    const name = 'encoder.embeddings.word_embeddings.weight';
    const words = victim.tensors.get(name)!;
    const width = words.shape[1]!;
    const device = await open();
    const parameters = await uploadParameters(device, model.parameters, victim.tensors);
    // Tokens that stand nowhere else.
    const at = { trigger: [7001, 7002, 7003], target: [8001, 8002] };
    const slopes = await compileJointSlopes(device, model, parameters, hosts, { trigger: 3, target: 2 });
    const { trigger, target } = await slopes.run(at);
    const found = { trigger: await device.download(trigger), target: await device.download(target!) };
    await slopes.release();
    const base = await definition(victim.tensors, at.trigger, at.target);
    const moved = async (id: number, direction: Float32Array): Promise<number> => {
      const data = words.data.slice();
      for (let i = 0; i < width; i++) data[id * width + i]! += direction[i]!;
      return definition(new Map(victim.tensors).set(name, { ...words, data }), at.trigger, at.target);
    };
    for (const [side, place] of [
      ['trigger', 1],
      ['target', 0],
      ['target', 1],
    ] as const) {
      const slope = found[side].subarray(place * width, (place + 1) * width);
      const size = Math.hypot(...slope);
      expect(size).toBeGreaterThan(1e-4);
      const step = 2e-3;
      const change =
        (await moved(
          at[side][place]!,
          slope.map((value) => (step * value) / size),
        )) - base;
      expect(change).toBeAllclose(step * size, { relative: 0.1, absolute: 1e-6 });
    }
  });
});

describe('joint inversion', () => {
  it('finds a trigger and a target that belong together, in samples it has not seen too', async () => {
    const { options, chosen, score } = await run();
    const option = options[chosen]!;
    expect(options).toHaveLength(1);
    expect(option.target).toBeNull();
    expect(option.query!.ids).toHaveLength(2);
    expect([option.losses.length, option.triggers.length, option.asrs.length]).toEqual([5, 5, 0]);
    expect(option.best.loss).toBe(Math.min(...option.losses));
    expect(option.losses[option.best.iteration]).toBe(option.best.loss);
    expect(option.losses.at(-1)!).toBeLessThan(0.8 * option.losses[0]!);
    expect(score).toBe(Math.log(option.anchored.loss));
    const found = await definition(victim.tensors, option.best.ids, option.query!.ids);
    const rng = makeRng('others');
    const others = await Promise.all(
      Array.from({ length: 5 }, () =>
        definition(
          victim.tensors,
          option.best.ids.map(() => 300 + rng.integer(40_000)),
          option.query!.ids.map(() => 300 + rng.integer(40_000)),
        ),
      ),
    );
    expect(found).toBeLessThan(Math.min(...others));
  });

  it('gives the same result for the same seed, and another for another', async () => {
    const first = await run();
    expect(await run()).toEqual(first);
    expect(await run(settings, {}, 2)).not.toEqual(first);
  });

  it('anchoring keeps what raises the loss when it is left out, and never the target', async () => {
    const { options } = await run({ ...settings, anchor: { ...settings.anchor, beta: 0.01 } });
    const { best, tokenChanges, anchored, query } = options[0]!;
    expect(anchored.ids).toEqual(best.ids.filter((_, index) => tokenChanges[index]!.change > 0.01));
    const whole = await run({ ...settings, anchor: { ...settings.anchor, enabled: false } });
    expect(whole.options[0]!.anchored.ids).toEqual(best.ids);
    expect(whole.options[0]!.query).toEqual(query);
  });

  it('searches for the trigger alone where there is no target', async () => {
    const { options } = await run({ ...settings, query: { ...settings.query, tokens: 0 } });
    expect(options[0]!.query).toEqual({ ids: [], text: '', pieces: [] });
    expect(options[0]!.losses.at(-1)!).toBeLessThan(options[0]!.losses[0]!);
  });

  it('goes on after any iteration to the very same result', async () => {
    const saves: ReadonlyMap<string, Uint8Array>[] = [];
    const whole = await run(settings, { resume: { load: () => null, save: (files) => saves.push(files) } });
    expect(saves).toHaveLength(5);
    for (const at of [0, 2, 4]) {
      const resume = { load: () => saves[at]!, save: () => undefined };
      expect(JSON.stringify(await run(settings, { resume }))).toBe(JSON.stringify(whole));
    }
  });

  it('runs with the authors’ settings, whose probabilities and halves a pair of vectors does not have', async () => {
    const { options } = await run({ ...profiles.code.inversion, samples: 4, iterations: 1, topK: 4, repeat: 4 });
    expect(options).toHaveLength(1);
    expect(options[0]!.half).toBe('any');
    expect(Number.isFinite(options[0]!.best.loss)).toBe(true);
  });

  it('stops between iterations when asked to, and saves nothing that holds no score', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    let saved = 0;
    const resume = { load: () => null, save: () => saved++ };
    await expect(run(settings, { signal: stop.signal, resume })).rejects.toThrow('enough');
    expect(saved).toBe(0);
  });

  it('samples without a query are no hosts, and too few with one are an error', async () => {
    const pool = samples.map(({ query, ...sample }, i): Sample => (i < 5 ? { ...sample, query: query! } : sample));
    await expect(
      invertJointly({ task: 'search', language: 'python', victim, pool }, settings, { ...quietContext(makeRng(1)), engine }),
    ).rejects.toThrow(/6 of label 1 asked for, there are 5/);
  });
});
