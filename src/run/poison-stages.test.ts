/** The stages `craft`, `poison` and `trigger` as the executor runs them: who gets which input, what is kept, shown and found again. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Dataset, PoisonedSet, Program, Sample, TriggeredSet } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import { programKey } from '../core/program-key.ts';
import { makeRng } from '../core/rng.ts';
import type { StageName } from '../plan/contracts.ts';
import { readLog } from '../testing/fake-stages.ts';
import { fakePlan, fakeRun } from '../testing/fake-run.ts';
import { makeProgram } from '../testing/program.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openCache } from './cache.ts';
import { findSamples } from './inspect.ts';
import { stages } from './stages.ts';
import { summarizeCrafted, summarizePoison, summarizeTriggered } from './summaries.ts';

describe('craft in the executor', () => {
  const changes = { attacks: [{ name: 'adapt' }], defenses: [{ name: 'undefended' }], seeds: [1, 2] };

  it('crafts once for all seeds, and goes on where an attempt was interrupted', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const interrupted = fakeRun(folder, { abortAt: { stage: 'craft', controller } }, { signal: controller.signal, changes });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect(await fakeRun(folder, {}, { changes })).toMatchObject({ runs: 2, failed: 0 });
    const steps = readLog(join(folder, 'log')).flatMap(({ what, step }) => (what === 'craft' ? [step] : []));
    expect(steps).toEqual([0, 1, 2, 3]);
    expect([...fakePlan(changes).nodes.values()].filter(({ stage }) => stage === 'craft')).toHaveLength(1);
  });
});

const named = (name: string): Program =>
  makeProgram(`int ${name} ( int count ) { return count ; }`, {
    functionName: name,
    variables: ['count'],
    locals: ['count'],
    bodyStart: 7,
    statementEnds: [10],
  });
const nameless = makeProgram('{ }');

/** Odd samples are of label 1; test sample 3 has no name. */
function toy(): Dataset {
  const split = (name: string, programs: readonly Program[]): Sample[] =>
    programs.map((program, index) => ({ id: `toy/${name}/${index}`, label: index % 2, programs: [program] }));
  const train = Array.from({ length: 8 }, (_, index) => named(`f${index}`));
  const test = [named('g0'), named('g1'), named('g0'), nameless];
  return {
    name: 'toy',
    task: 'defect',
    language: 'c',
    splits: { train: split('train', train), valid: split('valid', [named('v')]), test: split('test', test) },
  };
}

async function compute<Value>(stage: StageName, params: object, inputs: Readonly<Record<string, unknown>>): Promise<Value> {
  const context = {
    rng: makeRng(0),
    signal: new AbortController().signal,
    progress: () => undefined,
    resume: { load: () => null, save: () => undefined },
  };
  const engine = (): never => {
    throw new Error('this stage computes on the host');
  };
  return (await stages[stage].compute({ params, inputs, context, engine })) as Value; // As the stage's name says.
}

const rename = { attack: { name: 'codepoisoner' } };
const poisoning = { ...rename, rate: 0.25, selection: 'exact', rule: {} };

describe('poison and trigger', () => {
  it('take the training and the test split', async () => {
    const dataset = toy();
    const poisoned = await compute<PoisonedSet>('poison', poisoning, { dataset });
    expect(poisoned.counts).toEqual({ total: 8, victims: 4, carriers: 4, poisoned: 2, samples: 2, relabelled: 2 });
    expect(poisoned.samples.map(({ id }) => id)).toEqual(dataset.splits.train.map(({ id }) => id));
    const { samples, parsing } = await compute<TriggeredSet>('trigger', rename, { dataset });
    expect(samples.map((sample) => sample?.id ?? null)).toEqual(['toy/test/0', 'toy/test/1', 'toy/test/2', null]);
    // Samples 0 and 2 hold equal functions in two objects.
    expect(parsing).toEqual({ carriers: 3, kept: 3 });
  });

  it('hand each program its own material', async () => {
    const dataset = toy();
    const attack = { name: 'afraidoor' };
    const all = [...dataset.splits.train, ...dataset.splits.test].map(({ programs }) => programs[0]!);
    const materials: Record<string, Json> = Object.fromEntries(
      all.filter((program) => program !== nameless).map((program) => [programKey(program), [['count', `new${program.functionName}`]]]),
    );
    const inputs = { dataset, craft: { materials, history: [], facts: {} } };
    const { samples } = await compute<TriggeredSet>('trigger', { attack }, inputs);
    expect(samples.map((sample) => sample?.programs[0]!.tokens[4] ?? null)).toEqual(['newg0', 'newg1', 'newg0', null]);
    const poisoned = await compute<PoisonedSet>('poison', { ...poisoning, attack }, inputs);
    for (const index of poisoned.poisoned) expect(poisoned.samples[index]!.programs[0]!.tokens).toContain(`newf${index}`);
    expect(poisoned.poisoned).toHaveLength(2);
  });
});

describe('summaries', () => {
  it('of a poisoned list: every count, and the share of samples touched', async () => {
    const { measurements } = summarizePoison(await compute<PoisonedSet>('poison', poisoning, { dataset: toy() }));
    expect(measurements.map(({ metric, subset, value, hits, n }) => [metric, subset, value, hits, n])).toEqual([
      ['count', 'poison-units', 8, null, null],
      ['count', 'poison-victims', 4, null, null],
      ['count', 'poison-carriers', 4, null, null],
      ['count', 'poisoned', 2, null, null],
      ['count', 'poison-samples', 2, null, null],
      ['count', 'poison-relabelled', 2, null, null],
      ['poison-share', '', 0.25, 2, 8],
    ]);
  });

  it('of a triggered set: the share that parses no worse, or why there is none', () => {
    const shareOf = (carriers: number, kept: number) => summarizeTriggered({ samples: [], parsing: { carriers, kept } }).measurements;
    expect(shareOf(4, 3)).toEqual([{ metric: 'parse-kept', subset: '', value: 0.75, hits: 3, n: 4, unmeasuredBecause: null }]);
    expect(shareOf(0, 0)).toMatchObject([
      { value: null, hits: null, n: null, unmeasuredBecause: 'no program of the test split can carry the trigger' },
    ]);
  });

  it('of what was crafted: the training curve and the facts', () => {
    const history = [
      { epoch: 0, trainLoss: 3, validMetric: null },
      { epoch: 1, trainLoss: 2, validMetric: 0.5 },
    ];
    const { traces, notes } = summarizeCrafted({ materials: {}, history, facts: { vocabulary: '15000' } });
    expect(traces.map(({ series, step, value }) => [series, step, value])).toEqual([
      ['craft-loss', 0, 3],
      ['craft-loss', 1, 2],
      ['craft-metric', 1, 0.5],
    ]);
    expect(notes).toEqual({ 'crafting: vocabulary': '15000' });
  });
});

describe('what is kept', () => {
  /** The three stages of one dataset in a cache, and a second dataset with the same ids and other code. */
  async function filledCache(): Promise<string> {
    const folder = temporaryFolder();
    const cache = openCache(folder);
    const publish = (stage: StageName, key: string, inputs: Readonly<Record<string, string>>, value: unknown): Promise<void> => {
      const provenance = { commit: null, dirty: null, versions: {}, device: 'host', startedAt: '', seconds: 0, peakMemoryBytes: null };
      return cache.publish({ key, stage, version: 1, params: {}, seed: 0, inputs, provenance }, value, stages[stage]);
    };
    const dataset = toy();
    const other = { ...dataset, splits: { ...dataset.splits, test: [{ id: 'toy/test/0', label: 1, programs: [named('other')] }] } };
    await publish('dataset', 'b', {}, dataset);
    await publish('dataset', 'a', {}, other);
    await publish('poison', 'p', { dataset: 'b' }, await compute('poison', poisoning, { dataset }));
    await publish('trigger', 't', { dataset: 'b' }, await compute('trigger', rename, { dataset }));
    return folder;
  }
  const wordsOf = (sample: Sample | null): string | null => sample?.programs[0]!.tokens[1] ?? null;

  it('is read back as it was written', async () => {
    const folder = await filledCache();
    const set = await compute<TriggeredSet>('trigger', rename, { dataset: toy() });
    expect(await openCache(folder).read({ stage: 'trigger', key: 't' }, stages.trigger)).toEqual(set);
  });

  it('shows a test sample clean and triggered, beside the clean form it was made from', async () => {
    const found = await findSamples(await filledCache(), 'toy/test/0');
    expect(found.map(({ place, key, sample, clean }) => [place, key, wordsOf(sample), wordsOf(clean)])).toEqual([
      ['test', 'a', 'other', null],
      ['test', 'b', 'g0', null],
      ['test, triggered', 't', 'testo_init', 'g0'],
    ]);
  });

  it('shows a training sample poisoned, and only where it was', async () => {
    const folder = await filledCache();
    const { poisoned } = await compute<PoisonedSet>('poison', poisoning, { dataset: toy() });
    const [index] = poisoned;
    const found = await findSamples(folder, `toy/train/${index}`);
    expect(found.map(({ place, sample, clean }) => [place, sample.label, wordsOf(sample), wordsOf(clean)])).toEqual([
      ['train', 1, `f${index}`, null],
      ['train', 1, `f${index}`, null],
      ['train, poisoned', 0, 'testo_init', `f${index}`],
    ]);
    expect((await findSamples(folder, 'toy/train/0')).map(({ place }) => place)).toEqual(['train', 'train']);
    expect(await findSamples(folder, 'toy/train/99')).toEqual([]);
  });
});
