/**
 * AttDef on a planted victim: the trigger carries the prediction, masking it undoes the flip, and clean samples keep theirs. What makes a
 * function defective stands in three of its words, the strongest of which a model can do without: the evidence that AttDef counts on.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelPredictions, Sample, TaskName } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { plantedModel, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { makeProgram } from '../../testing/program.ts';
import { openModel, predict, type HostTensor, type Victim } from '../../train/index.ts';
import { startingTensors } from '../../train/model.ts';
import type { Purified, PurifiedSample, PurifyInputs } from '../contracts.ts';
import { attdef } from '../defenses/attdef.ts';
import { attDefSchema, settleAttDef, type AttDefSettings, type SettledAttDef } from './settings.ts';
import { openSuspect, scoreTokens } from './suspect.ts';
import type { Tuned } from './tune.ts';

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
  settleAttDef(attDefSchema.parse(over) as AttDefSettings);

const prepare = (settings: SettledAttDef, given: Partial<Prepared> = {}, seed = 1): Promise<Tuned> =>
  attdef.prepare!.run(
    { task: 'defect', language: 'c', victim, validation: samples(8), ...given },
    settings as never,
    context(seed),
  ) as Promise<Tuned>;
type Prepared = { readonly task: TaskName; readonly victim: Victim; readonly validation: readonly Sample[] };

const purify = (settings: SettledAttDef, given: Omit<Prepared, 'validation'> & PurifyInputs): Promise<Purified> =>
  attdef.purify!.run({ language: 'c', ...given }, settings as never, context());

describe('on a planted victim', () => {
  it('gives the trigger the largest attribution of all sub-tokens, wherever it decides', async () => {
    const triggered = samples(6, plantedTrigger);
    expect(await labels(triggered)).toEqual([0, 0, 0, 0, 0, 0]);
    const scored = await scoreTokens(openSuspect({ task: 'defect', victim }), triggered, 50, context());
    for (const { sample, scores } of scored) {
      const { ids } = model.tokenizer.encodeWords(sample.programs[0]!.tokens);
      const [row] = scores;
      expect(row).toHaveLength(ids.length);
      expect(row![ids.indexOf(model.tokenizer.encode(` ${plantedTrigger}`)[0]!)]).toBe(1);
      expect(row!.filter((score) => score > 0.5)).toHaveLength(1);
    }
  });

  it('finds the lowest threshold that clean samples bear, and masking there undoes the flip and no clean prediction', async () => {
    const tuned = await prepare(settled());
    // Of “bug”, “leak” and “risk” clean functions can do without the first two: the third has a score of 0.51.
    expect(tuned).toEqual({ threshold: 0.51, start: 1, kept: 1, samples: 8 });
    const [clean, triggered] = [samples(8), [null, ...samples(8, plantedTrigger), null]];
    const before = JSON.stringify([clean, triggered]);
    const ofClean = await purify(settled(), { task: 'defect', victim, samples: clean, prepared: tuned, inversion: null });
    const found = await purify(settled(), { task: 'defect', victim, samples: triggered, prepared: tuned, inversion: null });
    expect(await labels(clean, ofClean.samples)).toEqual(clean.map(({ label }) => label));
    expect([found.samples[0], found.samples.at(-1)]).toEqual([null, null]);
    const mask = [model.tokenizer.special.mask];
    expect(found.samples.slice(1, -1)).toEqual(samples(8).map(() => ({ score: null, changes: [{ program: 0, word: 1, ids: mask }] })));
    expect(await labels(samples(8, plantedTrigger), found.samples.slice(1, -1))).toEqual(clean.map(({ label }) => label));
    expect(JSON.stringify([clean, triggered])).toBe(before);
    expect(await purify(settled(), { task: 'defect', victim, samples: triggered, prepared: tuned, inversion: null })).toEqual(found);
    // Two steps lower, clean functions are called sound.
    const lower = settled({ purification: { threshold: tuned.threshold - 0.02 } });
    const { samples: masked, facts } = await purify(lower, { task: 'defect', victim, samples: clean, prepared: null, inversion: null });
    expect(await labels(clean, masked)).not.toEqual(clean.map(({ label }) => label));
    expect(facts).toEqual({ 'masking threshold': `${tuned.threshold - 0.02}, given` });
  });

  it('goes down to 0 where any fall is put up with, and needs no preparation for a threshold that is given', async () => {
    expect(await prepare(settled({ preparation: { tolerance: 1 }, purification: { steps: 3 } }))).toMatchObject({ threshold: 0, start: 1 });
    expect(attdef.prepare!.applies!(settled() as never)).toBe(true);
    expect(attdef.prepare!.applies!(settled({ purification: { threshold: 0.5 } }) as never)).toBe(false);
    expect(settled({ purification: { steps: 7 } }).preparation.steps).toBe(7);
  });

  it('draws validation samples from the seed, and refuses none', async () => {
    const few = settled({ preparation: { validationSamples: 3 }, purification: { steps: 2 } });
    const validation = [...samples(8), ...samples(8, plantedTrigger)];
    const [one, again] = [await prepare(few, { validation }), await prepare(few, { validation })];
    expect(again).toEqual(one);
    expect(one.samples).toBe(3);
    await expect(prepare(few, { validation: [] })).rejects.toThrow(/purification\.threshold: “tuned”, and there is no validation sample/);
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
    const tuned = await prepare(settings, { task, victim: suspect, validation: given });
    const found = await purify(settings, { task, victim: suspect, samples: given, prepared: tuned, inversion: null });
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
    expect(tuned).toMatchObject({ start: metric(plain), kept: metric(predictions), samples: 10 });
    // A function without a query has nothing to be compared with.
    if (task === 'search') expect(changes[0]).toEqual([]);
    expect(changes.flat().length).toBeGreaterThan(0);
  });
});
