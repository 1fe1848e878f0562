/** Fine-pruning on a model with a unit that clean samples leave dormant and that a trigger wakes, and one that the task needs. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { plantedModel, plantedSamples, plantedTrigger, plantedVictim } from '../../testing/planted-victim.ts';
import { openModel, predict, type Victim } from '../../train/index.ts';
import { probabilitiesOf } from '../../train/classify.ts';
import { fineTune } from '../unlearning/unlearn.ts';
import { defaultTuning } from '../unlearning/settings.ts';
import { dormantFirst, unitsToPrune } from './prune.ts';
import { prunedAndTuned, type Settings } from './repair.ts';
import { defaultPruning } from './settings.ts';
import { meanActivations, readerOf } from './site.ts';

const DORMANT = 77;
const NEEDED = 200;
const [TRIGGER, BUG, WOKEN, BUGGED] = [0, 1, 5, 6];

/** The planted victim, whose head no longer reads trigger and bug, but what two feed-forward units of the last layer make of them. */
function victimWithUnits(): Victim {
  const { tensors, ...rest } = plantedVictim();
  const changed = new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  const set = (name: string, row: number, column: number, value: number): void => {
    const { data, shape } = changed.get(name)!;
    data[row * (shape[1] ?? 1) + column] = value;
  };
  const words = 'encoder.embeddings.word_embeddings.weight';
  const [ids] = changed.get(words)!.shape;
  for (let id = 0; id < ids!; id++) for (const feature of [WOKEN, BUGGED]) set(words, id, feature, 0);
  const layer = 'encoder.encoder.layer.1';
  // Each of the others gives a little, always.
  for (let unit = 0; unit < 256; unit++) set(`${layer}.intermediate.dense.bias`, unit, 0, 0.1 + unit / 10_000);
  for (const [unit, from, to] of [
    [DORMANT, TRIGGER, WOKEN],
    [NEEDED, BUG, BUGGED],
  ] as const) {
    set(`${layer}.intermediate.dense.weight`, unit, from, 2);
    set(`${layer}.intermediate.dense.bias`, unit, 0, -3);
    set(`${layer}.output.dense.weight`, to, unit, 2);
  }
  for (const [unit, feature, threshold] of [
    [0, WOKEN, 1.5],
    [1, BUGGED, 1.5],
    [2, WOKEN, 50],
  ] as const) {
    for (const own of [TRIGGER, BUG]) set('classifier.dense.weight', unit, own, 0);
    set('classifier.dense.weight', unit, feature, 1);
    set('classifier.dense.bias', unit, 0, -threshold);
  }
  set('classifier.out_proj.bias', 0, 0, 0.7);
  return { ...rest, tensors: changed };
}

const victim = victimWithUnits();
const inputs = { task: 'defect', language: 'c', victim, pool: plantedSamples(24), validation: plantedSamples(20) } as const;
const still = { ...defaultTuning, learningRate: 1e-12 };
const settings = (own: Partial<Settings['pruning']> = {}, tuning: Partial<Settings['unlearning']> = {}): Settings => ({
  pruning: { ...defaultPruning, step: 0.1, ...own },
  unlearning: { ...still, ...tuning },
});

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());
const context = () => ({ ...quietContext(makeRng(1)), engine });

const reading = 'encoder.encoder.layer.1.output.dense.weight';
/** Units none of whose outgoing weights is other than 0. */
function silent(of: Victim, name = reading): Set<number> {
  const { shape, data } = of.tensors.get(name)!;
  const width = shape[1]!;
  return new Set(
    Array.from({ length: width }, (_, unit) => unit).filter((unit) => data.every((value, i) => i % width !== unit || value === 0)),
  );
}

/** Share of the samples called defective. */
async function called(of: Victim, samples: readonly Sample[]): Promise<number> {
  const found = probabilitiesOf(await predict({ task: 'defect', victim: of, samples }, context()));
  return found.filter((p) => p > 0.5).length / samples.length;
}
const defective = (functionName: string): Sample[] => plantedSamples(20, functionName).filter(({ label }) => label === 1);

describe('a planted dormant unit', () => {
  it('is found: clean samples leave it asleep, the trigger wakes it', async () => {
    const model = openModel(plantedModel, 'defect');
    const clean = await meanActivations(model, inputs, 'ffn', context());
    const woken = await meanActivations(model, { ...inputs, pool: plantedSamples(4, plantedTrigger) }, 'ffn', context());
    expect(dormantFirst(clean)[0]).toBe(DORMANT);
    expect(dormantFirst(clean).at(-1)).toBe(NEEDED);
    expect(woken[DORMANT]!).toBeGreaterThan(1);
    // A unit that nothing reaches gives GELU of its bias.
    expect(clean[0]!).toBeCloseTo(0.054, 3);
  });

  it('is pruned with others until the task needs one; the backdoor is gone and the task is not', async () => {
    expect([await called(victim, defective('work')), await called(victim, defective(plantedTrigger))]).toEqual([1, 0]);
    const repaired = await prunedAndTuned(inputs, settings(), context());
    // Nine steps of 26; the tenth would take the unit that sees bugs.
    expect(repaired.pruned).toEqual({ units: 234, of: 256 });
    expect(repaired.tuned).toMatchObject({ pool: 24, triggered: 0 });
    expect([await called(repaired, defective('work')), await called(repaired, defective(plantedTrigger))]).toEqual([1, 1]);
    expect(
      await called(
        repaired,
        plantedSamples(20).filter(({ label }) => label === 0),
      ),
    ).toBe(0);
    expect(silent(victim).has(DORMANT)).toBe(false);
    expect(silent(repaired).has(DORMANT)).toBe(true);
  });

  it('stays at 0 while every parameter is tuned', async () => {
    const everything = { trainable: 'all', learningRate: 1e-3, epochs: 2, batchSize: 6 } as const;
    const repaired = await prunedAndTuned(inputs, settings({}, everything), context());
    const free = await fineTune(inputs, { ...still, ...everything }, context());
    expect(repaired.pruned!.units).toBe(234);
    expect(silent(repaired).size).toBe(234);
    expect(silent(repaired).has(NEEDED)).toBe(false);
    // Left alone, training moves them.
    expect(silent(free).size).toBe(0);
    expect(repaired.tensors.get(reading)!.data).not.toEqual(victim.tensors.get(reading)!.data);
  });
});

describe('the head’s inputs', () => {
  it('are pruned as units where they are the site, and held through tuning of the head', async () => {
    const tuned = { learningRate: 1e-2, epochs: 2, batchSize: 6, encoderDropout: false } as const;
    const repaired = await prunedAndTuned(inputs, settings({ site: 'head-input', step: 0.05 }, tuned), context());
    const { units, of } = repaired.pruned!;
    expect(of).toBe(64);
    expect(units).toBeGreaterThan(0);
    expect(units).toBeLessThan(64);
    expect(silent(repaired, 'classifier.dense.weight').size).toBe(units);
    expect(repaired.tensors.get(reading)).toEqual(victim.tensors.get(reading));
  });

  it('do not exist where there is no head', () => {
    expect(() => readerOf(openModel(plantedModel, 'search'), 'head-input')).toThrow(/pruning\.site.*search has no head.*ffn/s);
    expect(readerOf(openModel(plantedModel, 'search'), 'ffn').shape).toEqual([64, 256]);
    expect(readerOf(openModel(plantedModel, 'clone'), 'head-input').shape).toEqual([64, 128]);
  });
});

test('means are over places: a longer row, and one that stands twice, count as much more', async () => {
  const model = openModel(plantedModel, 'defect');
  const [short, long] = [plantedSamples(1)[0]!, plantedSamples(2, 'a_much_longer_name_of_a_function')[1]!];
  const of = (pool: readonly Sample[]): Promise<Float64Array> => meanActivations(model, { ...inputs, pool }, 'ffn', context());
  const placesOf = ({ programs: [program] }: Sample): number => model.tokenizer.encodeWords(program!.tokens).ids.length + 2;
  const [a, b, both] = [await of([short]), await of([long]), await of([short, long, long])];
  const [m, n] = [placesOf(short), 2 * placesOf(long)];
  expect(both).toBeAllclose(
    [...a].map((value, unit) => (m * value + n * b[unit]!) / (m + n)),
    { relative: 1e-5, absolute: 1e-7 },
  );
  expect(b[NEEDED]).not.toBe(a[NEEDED]);
});

describe('steps', () => {
  const metrics = (values: readonly number[], size: number) => {
    const asked: number[] = [];
    return { asked, metric: (count: number) => (asked.push(count), Promise.resolve(values[Math.ceil(count / size)]!)) };
  };

  it('go on until the metric has fallen by more than the tolerance, and the last is undone', async () => {
    const { asked, metric } = metrics([0.9, 0.91, 0.86, 0.8599, 0.9], 3);
    expect(await unitsToPrune(20, { step: 0.15, tolerance: 0.04 }, metric)).toBe(6);
    expect(asked).toEqual([0, 3, 6, 9]);
  });

  it('never leave the units, are of one unit at least, and end where nothing falls', async () => {
    const flat = metrics([1, 1, 1, 1, 1], 3);
    expect(await unitsToPrune(10, { step: 0.3, tolerance: 0 }, flat.metric)).toBe(10);
    expect(flat.asked).toEqual([0, 3, 6, 9, 10]);
    const falling = metrics([1, 0], 1);
    expect(await unitsToPrune(10, { step: 0.001, tolerance: 0.5 }, falling.metric)).toBe(0);
    expect(falling.asked).toEqual([0, 1]);
  });

  it('take units in increasing activation', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 20 }), (activations) => {
        const order = dormantFirst(Float64Array.from(activations));
        expect([...order].sort((a, b) => a - b)).toEqual([...activations.keys()]);
        order.slice(1).forEach((unit, i) => expect(activations[unit]!).toBeGreaterThanOrEqual(activations[order[i]!]!));
      }),
      { seed: 1 },
    );
  });
});

test('without clean or validation samples nothing can be pruned', async () => {
  await expect(prunedAndTuned({ ...inputs, pool: [] }, settings(), context())).rejects.toThrow(/pruning: .*pool/);
  await expect(prunedAndTuned({ ...inputs, validation: [] }, settings(), context())).rejects.toThrow(/validation split is empty/);
});
