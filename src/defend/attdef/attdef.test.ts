/**
 * AttDef on a planted victim: the trigger carries the prediction, masking it undoes the flip, and clean samples keep theirs. What makes a
 * function defective stands in three of its words, the strongest of which a model can do without: the evidence that AttDef counts on.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelPredictions, Sample, TaskName } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext, type StageContext } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { plantedModel, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { makeProgram } from '../../testing/program.ts';
import { openModel, predict, type HostTensor, type Victim } from '../../train/index.ts';
import { startingTensors } from '../../train/model.ts';
import type { Purified, PurifiedSample, PurifyInputs } from '../contracts.ts';
import { attdef } from '../defenses/attdef.ts';
import { attDefSchema, settleAttDef, type AttDefSettings, type SettledAttDef } from './settings.ts';
import type { Learnt } from './prepare.ts';
import { openSuspect, scoreTokens } from './suspect.ts';

const model = openModel(plantedModel, 'defect');
const [TRIGGER, BUG] = [0, 1];

/**
 * The planted victim with positions: all alike, and larger than the words' noise, so that embeddings have something to be measured against and f
 * changes along the path. Its norm then makes less of a word's feature, which the attention's weight makes up for.
 */
function victimWithPositions(): Victim {
  const planted = plantedVictim();
  const tensors = new Map(
    [...planted.tensors].map(([name, { shape, data }]): [string, HostTensor] => [name, { shape, data: data.slice() }]),
  );
  const set = (name: string, row: number, column: number, value: number): void => {
    const { data, shape } = tensors.get(name)!;
    data[row * (shape[1] ?? 1) + column] = value;
  };
  const positions = tensors.get('encoder.embeddings.position_embeddings.weight')!;
  const width = positions.shape[1]!;
  positions.data.forEach((_, at) => (positions.data[at] = at % width <= BUG ? 0 : at % 2 === 0 ? 1 : -1));
  const words = 'encoder.embeddings.word_embeddings.weight';
  for (const [word, size] of [
    ['bug', 5],
    ['leak', 3.5],
    ['risk', 2.5],
  ] as const)
    set(words, model.tokenizer.encode(` ${word}`)[0]!, BUG, size);
  for (const feature of [TRIGGER, BUG]) set('encoder.encoder.layer.0.attention.output.dense.weight', feature, feature, 26);
  return { ...planted, tensors };
}

const victim = victimWithPositions();

const names = ['count', 'size', 'index', 'total', 'value', 'limit', 'offset', 'length'];

const samples = (count: number, functionName = 'work'): Sample[] =>
  Array.from({ length: count }, (_, i) => {
    const [a, b] = [names[i % 8]!, names[(i + 3) % 8]!];
    const call = i % 2 === 1 ? 'bug ( leak , risk )' : 'fix ( left , safe )';
    const body = `int ${functionName} ( int ${a} , int ${b} ) { ${call} ; return ${a} + ${b} ; }`;
    return { id: `made-up/${i}`, label: i % 2, programs: [makeProgram(body, { functionName })] };
  });

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());
const context = (seed = 1) => ({ ...quietContext(makeRng(seed)), engine });

async function labels(given: readonly Sample[], changes?: readonly (PurifiedSample | null)[]): Promise<number[]> {
  const more = changes === undefined ? {} : { changes: changes.map((one) => one?.changes ?? []) };
  const { probabilities } = (await predict({ task: 'defect', victim, samples: given, ...more }, context())) as LabelPredictions;
  return probabilities.map((p) => (p! > 0.5 ? 1 : 0));
}

const settled = (over: { readonly [Part in keyof AttDefSettings]?: object } = {}): SettledAttDef =>
  settleAttDef(attDefSchema.parse(over) as AttDefSettings, 'defect');

type Given = { readonly task: TaskName; readonly victim: Victim; readonly validation: readonly Sample[] };
const planted = { task: 'defect', victim, inversion: null } as const;
/** What an n-gram model is made of. */
const pool = samples(80);

const learn = (settings: SettledAttDef, given: Partial<Given> = {}): Promise<Learnt> =>
  attdef.prepare!.run(
    { ...planted, language: 'c', pool, validation: samples(8), ...given },
    settings as never,
    context(),
  ) as Promise<Learnt>;

const purify = (settings: SettledAttDef, given: Partial<Given> & Omit<PurifyInputs, 'inversion'>): Promise<Purified> =>
  attdef.purify!.run({ ...planted, language: 'c', pool, ...given }, settings as never, context());

describe('on a planted victim', () => {
  it('gives the trigger the largest attribution of all sub-tokens, wherever it decides', async () => {
    const triggered = samples(6, plantedTrigger);
    expect(await labels(triggered)).toEqual([0, 0, 0, 0, 0, 0]);
    const scored = await scoreTokens(openSuspect(planted), { samples: triggered, isTreated: triggered.map(() => true) }, 50, context());
    for (const { sample, scores } of scored) {
      const { ids } = model.tokenizer.encodeWords(sample.programs[0]!.tokens);
      const [row] = scores;
      expect(row).toHaveLength(ids.length);
      expect(row![ids.indexOf(model.tokenizer.encode(` ${plantedTrigger}`)[0]!)]).toBe(1);
      expect(row!.filter((score) => score > 0.5)).toHaveLength(1);
    }
  });

  it('finds the lowest threshold that clean samples bear, and masking there undoes the flip and no clean prediction', async () => {
    const prepared = await learn(settled());
    const tuned = prepared.tuned!;
    // Of “bug”, “leak” and “risk” clean functions can do without the first two: the third has a score of 0.51.
    expect(prepared).toEqual({ tuned: { threshold: 0.51, start: 1, kept: 1, samples: 8 }, gate: null });
    const [clean, triggered] = [samples(8), [null, ...samples(8, plantedTrigger), null]];
    const before = JSON.stringify([clean, triggered]);
    const ofClean = await purify(settled(), { samples: clean, prepared });
    const found = await purify(settled(), { samples: triggered, prepared });
    expect(await labels(clean, ofClean.samples)).toEqual(clean.map(({ label }) => label));
    expect([found.samples[0], found.samples.at(-1)]).toEqual([null, null]);
    const mask = [model.tokenizer.special.mask];
    expect(found.samples.slice(1, -1)).toEqual(samples(8).map(() => ({ score: null, changes: [{ program: 0, word: 1, ids: mask }] })));
    expect(await labels(samples(8, plantedTrigger), found.samples.slice(1, -1))).toEqual(clean.map(({ label }) => label));
    expect(JSON.stringify([clean, triggered])).toBe(before);
    expect(await purify(settled(), { samples: triggered, prepared })).toEqual(found);
    // Two steps lower, clean functions are called sound.
    const lower = settled({ purification: { threshold: tuned.threshold - 0.02 } });
    const { samples: masked, facts } = await purify(lower, { samples: clean, prepared: null });
    expect(await labels(clean, masked)).not.toEqual(clean.map(({ label }) => label));
    expect(facts).toEqual({ 'masking threshold': `${tuned.threshold - 0.02}, given` });
  });

  it('goes down to 0 where any fall is put up with, and needs no preparation for a threshold that is given', async () => {
    const { tuned } = await learn(settled({ preparation: { tolerance: 1 }, purification: { steps: 3 } }));
    expect(tuned).toMatchObject({ threshold: 0, start: 1 });
    expect(attdef.prepare!.applies!(settled() as never)).toBe(true);
    expect(attdef.prepare!.applies!(settled({ purification: { threshold: 0.5 } }) as never)).toBe(false);
    expect(settled({ purification: { steps: 7 } }).preparation.steps).toBe(7);
  });

  it('draws validation samples from the seed, and refuses none', async () => {
    const few = settled({ preparation: { validationSamples: 3 }, purification: { steps: 2 } });
    const validation = [...samples(8), ...samples(8, plantedTrigger)];
    const [one, again] = [await learn(few, { validation }), await learn(few, { validation })];
    expect(again).toEqual(one);
    expect(one.tuned!.samples).toBe(3);
    await expect(learn(few, { validation: [] })).rejects.toThrow(/purification\.threshold: “tuned”, and there is no validation sample/);
  });
});

describe('with a language model as gate', () => {
  const gateModel = { fallbackDiscounts: [0.5, 1, 1.5] };
  const gated = (threshold: 'tuned' | number) => settled({ purification: { threshold, gate: 'language-model', gateModel } });

  it('treats what the model of clean code does not expect, and nothing else', async () => {
    // To the model all of them are alike, so that the limit is their one score, which none exceeds.
    const prepared = await learn(gated(0.51), { validation: samples(40) });
    expect(prepared).toEqual({ tuned: null, gate: { limit: expect.any(Number) as number, samples: 40 } });
    const { limit } = prepared.gate!;
    const triggered = samples(8, plantedTrigger);
    const { samples: found, facts } = await purify(gated(0.51), { samples: [null, ...samples(8), ...triggered], prepared });
    expect(found[0]).toBeNull();
    const [clean, flagged] = [found.slice(1, 9), found.slice(9)];
    expect(Math.max(...clean.map((one) => one!.score!))).toBe(limit);
    expect(clean.flatMap((one) => one!.changes)).toEqual([]);
    expect(Math.min(...flagged.map((one) => one!.score!))).toBeGreaterThan(limit);
    const mask = [model.tokenizer.special.mask];
    expect(flagged.map((one) => one!.changes)).toEqual(triggered.map(() => [{ program: 0, word: 1, ids: mask }]));
    expect(facts).toEqual({
      'masking threshold': '0.51, given',
      gate: `4-gram of 80 clean programs; given discounts at order 1, 2, 3, 4; largest score of a word above ${limit}, the 95th percentile of 40 clean validation samples`,
    });
  });

  it('saves words’ scores beside attributions, and goes on with both to equal results', async () => {
    const prepared = await learn(gated(0.51), { validation: samples(40) });
    const inputs = { ...planted, language: 'c', pool, samples: [...samples(4), ...samples(4, plantedTrigger)], prepared } as const;
    const run = (over: Partial<StageContext>): Promise<Purified> =>
      attdef.purify!.run(inputs, gated(0.51) as never, { ...context(), ...over });
    let kept: ReadonlyMap<string, Uint8Array> = new Map();
    const stop = new AbortController();
    const save = (files: ReadonlyMap<string, Uint8Array>): void => void (kept = new Map(files));
    const whole = await run({ resume: { load: () => null, save, isOverdue: () => true } });
    const names = [...kept.keys()].map((name) => name.replace(/-[0-9a-f]+\./, '.')).sort();
    expect(names).toEqual(['attributions.lengths', 'attributions.values', 'word-scores.lengths', 'word-scores.values']);

    const stopping = { load: () => null, save, isOverdue: () => true };
    const progress = (): void => stop.abort(new Error('stopped'));
    await expect(run({ resume: stopping, signal: stop.signal, progress })).rejects.toThrow('stopped');
    expect(kept.size).toBe(2);
    const again = await run({ resume: { load: () => kept, save: () => undefined, isOverdue: () => true } });
    expect(again).toEqual(whole);
  });

  it.each([
    { what: 'a sound function bears any threshold', unusual: 0, threshold: 0 },
    { what: 'a defective one does not', unusual: 1, threshold: 0.51 },
  ])('tunes with flagged samples alone masked: $what', async ({ unusual, threshold }) => {
    // One in eight is above the 95th percentile.
    const validation = samples(8).with(unusual, samples(8, 'unheard')[unusual]!);
    const prepared = await learn(gated('tuned'), { validation });
    const { samples: found } = await purify(gated('tuned'), { samples: validation, prepared });
    expect(found.map((one) => one!.score! > prepared.gate!.limit)).toEqual(validation.map((_, index) => index === unusual));
    expect(prepared.tuned).toEqual({ threshold, start: 1, kept: 1, samples: 8 });
    expect(found.flatMap((one, index) => (index === unusual ? [] : one!.changes))).toEqual([]);
    expect(found[unusual]!.changes.length).toBeGreaterThan(0);
  });

  it('is refused without clean samples, and takes in a model’s settings only where it is asked for', async () => {
    await expect(learn(gated(0.5), { validation: [] })).rejects.toThrow(/purification\.gate: “language-model”, and there is no validation/);
    await expect(purify(gated(0.5), { samples: samples(1), prepared: null })).rejects.toThrow('limit');
    const { prepare } = attdef;
    expect(prepare!.applies!(gated(0.5) as never)).toBe(true);
    expect(settled({ purification: { gateModel } })).toEqual(settled());
    expect(settled().preparation.gateModel).toBeNull();
    const scoring = { languageModel: 'n-gram', order: 4, fallbackDiscounts: null, maxTokens: 256 };
    const { preparation, purification } = settleAttDef(
      attDefSchema.parse({ purification: { gate: 'language-model' } }) as AttDefSettings,
      'search',
    );
    expect([preparation.gateModel, purification.gateModel]).toEqual([scoring, scoring]);
  });
});

describe.each(['defect', 'clone', 'search'] as const)('a drawn model of %s', (task) => {
  const drawn = openModel(plantedModel, task);
  const suspect: Victim = { model: plantedModel, history: [], tensors: startingTensors(drawn, makeRng('drawn')) };
  const programs = task === 'clone' ? 2 : 1;
  const given = samples(10).map(({ id, label }, index): Sample => ({
    id,
    label: task === 'search' ? 1 : label,
    programs: Array.from({ length: programs }, (_, p) => samples(10, names[(index + 3 * p) % 8])[index]!.programs[0]!),
    ...(task === 'search' && index > 0 ? { query: `the ${names[index % 8]!} of it` } : {}),
  }));

  it('is tuned on the very predictions that follow from masking, programs alone', async () => {
    // So much is put up with that something is masked.
    const settings = settled({ preparation: { tolerance: task === 'defect' ? 0.6 : 0.3 }, purification: { steps: 2 } });
    const prepared = await learn(settings, { task, victim: suspect, validation: given });
    const found = await purify(settings, { task, victim: suspect, samples: given, prepared });
    const changes = found.samples.map((one) => one!.changes);
    const words = given.map((sample) => drawn.task.words(sample));
    changes.forEach((own, index) => {
      for (const { program, word } of own) {
        expect(program).toBeLessThan(programs);
        expect(word).toBeLessThan(words[index]![program]!.length);
      }
    });
    const predictions = await predict({ task, victim: suspect, samples: given, changes }, context());
    const plain = await predict({ task, victim: suspect, samples: given }, context());
    const metric = (from: typeof plain): number =>
      drawn.task.score(
        from,
        given.map(({ label }) => label),
        'half',
      );
    expect(prepared.tuned).toMatchObject({ start: metric(plain), kept: metric(predictions), samples: 10 });
    // A function without a query has nothing to be compared with.
    if (task === 'search') expect(changes[0]).toEqual([]);
    expect(changes.flat().length).toBeGreaterThan(0);
  });
});
