/** Training of the crafting model: the loss falls, the same seed gives the same model, and a killed run goes on with equal numbers. */
import { beforeAll, expect, test } from 'vitest';
import { batchesByLength } from '../../core/batches.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext, type ResumeSlot } from '../../core/stage.ts';
import { UserError } from '../../core/errors.ts';
import { openEngine, type Engine } from '../../engine/index.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import { namedFunctions } from '../../testing/named-functions.ts';
import { makeProgram } from '../../testing/program.ts';
import { makeExamples, type ExampleOptions } from './examples.ts';
import { fit, type FitJob } from './fit.ts';
import { sourceValues } from './rows.ts';
import { target } from './vocabulary.ts';

const limits: ExampleOptions = {
  ...{ maxTokens: 16, nameWords: 2, vocabulary: 50, targetVocabulary: 20, placeHolders: 4, validShare: 0.1 },
  target: ['load', 'data'],
};
const examples = makeExamples(namedFunctions(80, 'fit'), limits, makeRng('examples'));
const job: FitJob = {
  shape: { width: 8, layers: 2, sourceWords: examples.source.size, targetWords: examples.target.size },
  examples: examples.train,
  options: {
    epochs: 3,
    batchSize: 8,
    learningRate: 3e-2,
    decay: 0.8,
    clipNorm: 5,
    teacherForcing: 0.5,
    dropout: 0.2,
    maxTokens: 16,
    nameWords: 2,
  },
  judge: () => Promise.resolve(null),
};

const slot = (files: ReadonlyMap<string, Uint8Array> | null = null) => {
  const saves: ReadonlyMap<string, Uint8Array>[] = [];
  const resume: ResumeSlot = {
    load: () => files,
    // What is handed over may lie in the state's own memory.
    save: (next) => saves.push(new Map([...next].map(([name, bytes]) => [name, bytes.slice()]))),
  };
  return { saves, resume };
};

async function train(engine: Engine, seed: number, { resume } = slot()) {
  const { theta, history } = await fit(job, { ...quietContext(makeRng(seed)), resume, engine });
  const weights = (await engine.download(theta)).slice();
  theta.dispose();
  return { history, weights };
}

describeOnDevices('fit', (open) => {
  test('the loss falls', async () => {
    const { history } = await train(await open(), 1);
    const losses = history.map(({ trainLoss }) => trainLoss);
    expect(losses).toHaveLength(3);
    expect(losses[2]).toBeLessThan(0.8 * losses[0]!);
  });
});

// On the CPU alone: a software adapter compiles shaders for a minute at each run.
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 2 });
});

test('the same seed gives the same model, another seed another', async () => {
  const first = await train(engine, 1);
  expect(await train(engine, 1)).toEqual(first);
  expect((await train(engine, 2)).weights).not.toEqual(first.weights);
});

test('a run that was killed after any epoch ends as one that was not', async () => {
  const whole = slot();
  const result = await train(engine, 1, whole);
  expect(whole.saves).toHaveLength(3);
  for (const [epoch, files] of whole.saves.entries()) {
    const rest = slot(files);
    expect(await train(engine, 1, rest)).toEqual(result);
    expect(rest.saves).toHaveLength(2 - epoch);
  }
});

test('it stops when it is told to', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(fit(job, { ...quietContext(makeRng(1)), signal: stopped, engine })).rejects.toThrow('stopped');
});

test('examples end with the end mark, and a share is held back', () => {
  expect(examples.valid).toHaveLength(8);
  expect(examples.train).toHaveLength(72);
  for (const { name } of examples.train) expect(name.at(-1)).toBe(target.end);
  expect(examples.aim).toEqual([...['load', 'data'].map(examples.target.idOf), target.end]);
});

test('a target that no name holds, and functions without names, are refused', () => {
  const absent = { ...limits, target: ['load', 'nothing'] };
  expect(() => makeExamples(namedFunctions(20, 'x'), absent, makeRng(1))).toThrow(/“nothing”[^]*accepted: .*load/);
  expect(() => makeExamples([makeProgram('x')], limits, makeRng(1))).toThrow(UserError);
});

test('padding stands in front, and the order of the backward direction is its own inverse', () => {
  const { ids, turn, mask } = sourceValues([[5, 6, 7], [8]], { batch: 2, steps: 4 });
  expect(Array.from(ids.data)).toEqual([0, 0, 5, 0, 6, 0, 7, 8]);
  expect(Array.from(mask.data)).toEqual([0, 0, 1, 0, 1, 0, 1, 1]);
  expect(Array.from(turn.data, (place) => ids.data[place])).toEqual([0, 0, 7, 0, 6, 0, 5, 8]);
  expect(Array.from(turn.data, (place) => turn.data[place])).toEqual(Array.from({ length: 8 }, (_, place) => place));
  expect(() => sourceValues([[1, 2, 3]], { batch: 1, steps: 2 })).toThrow('3 words does not fit 2');
});

test('batches hold every row once, rows of like length together', () => {
  const lengths = Array.from({ length: 100 }, (_, index) => 1 + ((index * 37) % 50));
  const batches = batchesByLength(lengths, 8, makeRng(1));
  expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
  for (const batch of batches) {
    const own = batch.map((row) => lengths[row]!);
    expect(Math.max(...own) - Math.min(...own)).toBeLessThan(10);
  }
});
