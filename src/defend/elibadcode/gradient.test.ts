/** The gradient over the trigger vocabulary: what is chosen from it, and that no division of the hosts into batches changes it. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { openEngine, type Engine, type ProgramSource } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { PAD, tinyModel, tinyRows } from '../../testing/tiny-model.ts';
import { nameOf, openScorer, type Scorer } from '../../train/index.ts';
import { clone } from '../../train/tasks/clone.ts';
import { defect } from '../../train/tasks/defect.ts';
import { compileChoices, compileGradient, steepest } from './gradient.ts';
import { divideHosts } from './host-batches.ts';
import type { GradientEngine } from './slopes.ts';
import type { Host } from './stamp.ts';

let engine: Engine;
let scorer: Scorer;
const maxTokens = 200;
const tiny = tinyModel({ maxTokens });
const model = { ...tiny, config: { maxTokens }, tokenizer: { special: { pad: PAD, sep: 2 } } };
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  scorer = await openScorer(engine, tiny, tiny.tensors);
});
afterAll(async () => {
  await scorer.close();
  await engine.close();
});

const hosts = tinyRows(11, { longest: 190, seed: 4 }).rows.map((ids, row): Host => ({
  ids,
  position: 1 + (row % (ids.length - 1)),
  others: [],
}));
const vocabulary = Array.from({ length: 30 }, (_, index) => 5 + index);
const trigger = [7, 20, 33];
const task = { hosts, target: 1, vocabulary, triggerTokens: trigger.length };

/** The beginning of a stable sort. */
const lowest = (row: readonly number[], count: number): number[] =>
  row
    .map((_, index) => index)
    .sort((a, b) => row[a]! - row[b]! || a - b)
    .slice(0, count);

/** What `steepest` makes of a gradient given row by row. */
async function choose(rows: readonly (readonly number[])[], topK: number): Promise<{ positions: number[]; magnitude: number }> {
  const gradient = { shape: [rows.length, rows[0]!.length], dtype: 'float32', data: Float32Array.from(rows.flat()) } as const;
  const program = await engine.compile({
    name: 'steepest',
    inputs: { gradient },
    keep: [],
    fetch: ['positions', 'magnitude'],
    body: (inputs) => steepest(inputs.gradient, topK),
  });
  const { fetched } = await program.run({ gradient });
  await program.release();
  return { positions: [...fetched.positions], magnitude: fetched.magnitude[0]! };
}

describe('steepest', () => {
  it('chooses {2, 4} and {3, 1} of method.md 4.1, the most negative first', async () => {
    const gradient = [
      [0.3, -0.2, -0.9, 0.1, -0.4],
      [-0.1, -0.5, 0.2, -0.6, 0],
    ];
    expect((await choose(gradient, 2)).positions).toEqual([2, 4, 3, 1]);
  });

  it('is the beginning of a stable sort, positive entries and ties included', async () => {
    const size = fc.integer({ min: 1, max: 40 });
    const rows = size.chain((length) =>
      fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: length, maxLength: length }), { minLength: 1, maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(), async (gradient, draw) => {
        const topK = 1 + (draw % gradient[0]!.length);
        const { positions, magnitude } = await choose(gradient, topK);
        expect(positions).toEqual(gradient.flatMap((row) => lowest(row, topK)));
        expect(magnitude).toBe(gradient.flat().reduce((sum, slope) => sum + Math.abs(slope), 0));
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it.each([NaN, Infinity, -Infinity])('shows %d anywhere', async (slope) => {
    expect((await choose([[1, 2, 3, slope, 4]], 2)).magnitude).not.toSatisfy(Number.isFinite);
  });
});

describe('the gradient', () => {
  /** With batches of this many sub-tokens. */
  const gradientIn = async (batchTokens: number): Promise<Float32Array> => {
    const limited: GradientEngine = {
      batchTokens,
      compile: <In extends string, Kept extends string, Host extends string>(source: ProgramSource<In, Kept, Host>) =>
        engine.compile(source),
      upload: (value) => engine.upload(value),
    };
    const program = await compileGradient(limited, model, scorer, task);
    const gradient = await program.run(trigger);
    await program.release();
    return gradient;
  };

  it('is the sum of its batches’, whatever the batches', async () => {
    const [whole, parts, single] = [await gradientIn(1 << 20), await gradientIn(600), await gradientIn(1)];
    expect(parts).toBeAllclose(whole, { relative: 1e-4, absolute: 1e-7 });
    expect(single).toBeAllclose(whole, { relative: 1e-4, absolute: 1e-7 });
    expect(Math.max(...whole.map(Math.abs))).toBeGreaterThan(1e-4);
  });

  it('tells how the loss changes with the embedding, to first order', async () => {
    const gradient = await gradientIn(1 << 20);
    // Moving each place's embedding by a little of the one chosen changes the loss by as much of the gradient's entry.
    const words = tiny.tensors.get('encoder.embeddings.word_embeddings.weight')!;
    const width = words.shape[1]!;
    const [place, position, step] = [1, 12, 1e-2];
    const table = words.data.slice();
    const [own, other] = [trigger[place]!, vocabulary[position]!];
    for (let i = 0; i < width; i++) table[own * width + i]! += step * words.data[other * width + i]!;
    const moved = await openScorer(
      engine,
      tiny,
      new Map(tiny.tensors).set('encoder.embeddings.word_embeddings.weight', { ...words, data: table }),
    );
    // The token moved must stand at that place alone.
    const clean = hosts.map(({ ids, ...host }): Host => ({ ...host, ids: ids.map((id) => (id === own ? own + 1 : id)) }));
    const rows = clean.map(({ ids, position: at }) => [ids.toSpliced(at, 0, ...trigger)]);
    const meanLoss = async (with_: Scorer): Promise<number> =>
      (await with_.score(rows, Array<number>(rows.length).fill(task.target))).reduce((sum, { loss }) => sum + loss, 0) / rows.length;
    const program = await compileGradient(engine, model, scorer, { ...task, hosts: clean });
    const predicted = (await program.run(trigger))[place * vocabulary.length + position]! * step;
    await program.release();
    const measured = (await meanLoss(moved)) - (await meanLoss(scorer));
    await moved.close();
    expect(gradient).toHaveLength(trigger.length * vocabulary.length);
    expect(measured).toBeAllclose(predicted, { relative: 0.1, absolute: 2e-6 });
  });

  it('gives the choices of its own entries', async () => {
    const [whole, choices] = [
      await compileGradient(engine, model, scorer, task),
      await compileChoices(engine, model, scorer, { ...task, topK: 6 }),
    ];
    for (const ids of [trigger, [9, 9, 9]]) {
      const gradient = [...(await whole.run(ids))];
      const { positions, magnitude } = await choices.run(ids);
      const rows = ids.map((_, place) => gradient.slice(place * vocabulary.length, (place + 1) * vocabulary.length));
      expect(positions).toEqual(rows.map((row) => lowest(row, 6)));
      expect(magnitude).toBeAllclose(gradient.reduce((sum, slope) => sum + Math.abs(slope), 0));
    }
    await whole.release();
    await choices.release();
  });

  it('in training mode depends on the generator alone', async () => {
    const mode = { dropout: 0.2, rng: makeRng('pool') };
    const program = await compileGradient(engine, model, scorer, { ...task, mode });
    const [first, again, other] = [
      await program.run(trigger, makeRng(1)),
      await program.run(trigger, makeRng(1)),
      await program.run(trigger, makeRng(2)),
    ];
    await expect(program.run(trigger)).rejects.toThrow(/needs a generator/);
    await program.release();
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

describe('a pair', () => {
  it('has the gradient of its first row alone, whatever batches it travels in', async () => {
    const tinyPair = tinyModel({ maxTokens, task: clone });
    const pairModel = { ...model, ...tinyPair };
    const pairScorer = await openScorer(engine, tinyPair, tinyPair.tensors);
    const pairs = hosts.map((host, index): Host => ({ ...host, others: [hosts.at(index - 3)!.ids] }));
    const given = { ...task, hosts: pairs };
    const whole = await compileGradient(
      { ...engine, compile: engine.compile.bind(engine), upload: engine.upload.bind(engine), batchTokens: 1e6 },
      pairModel,
      pairScorer,
      given,
    );
    const parts = await compileGradient(
      { ...engine, compile: engine.compile.bind(engine), upload: engine.upload.bind(engine), batchTokens: 700 },
      pairModel,
      pairScorer,
      given,
    );
    const expected = await whole.run(trigger);
    expect(await parts.run(trigger)).toBeAllclose(expected, { relative: 1e-4, absolute: 1e-7 });
    expect(expected.some((slope) => Math.abs(slope) > 1e-6)).toBe(true);
    await whole.release();
    await parts.release();
    await pairScorer.close();
  });
});

describe('divideHosts', () => {
  const limits = { maxTokens: 400, sep: 2 };
  const divide = (given: readonly Host[], batchTokens: number, of = defect) => divideHosts(given, blank, { task: of, limits, batchTokens });
  const blank = [PAD, PAD];
  const hostOf = (length: number): Host => ({ ids: Array<number>(length).fill(5), position: 1, others: [] });

  it('puts every host into one batch that holds it, with few shapes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 3, max: 400 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 9000 }),
        (lengths, batchTokens) => {
          const given = lengths.map(hostOf);
          const batches = divide(given, batchTokens);
          expect(new Set(batches.flatMap((part) => part.hosts))).toEqual(new Set(given));
          expect(batches.flatMap((part) => part.hosts)).toHaveLength(given.length);
          for (const {
            batch,
            tokens: [tokens = 0],
            hosts: own,
          } of batches) {
            expect(own.length).toBeGreaterThan(0);
            expect(own.length).toBeLessThanOrEqual(batch);
            expect(batch * tokens).toBeLessThanOrEqual(Math.max(batchTokens, tokens));
            for (const { ids } of own) expect(Math.min(400, ids.length + 2)).toBeLessThanOrEqual(tokens);
          }
          expect(new Set(batches.map(nameOf)).size).toBeLessThanOrEqual(4);
        },
      ),
      { seed: 1 },
    );
  });

  it('fills batches of one group evenly', () => {
    const batches = divide(
      Array.from({ length: 13 }, () => hostOf(400)),
      4096,
    );
    expect(batches.map(({ batch, tokens: [tokens], hosts: own }) => [batch, tokens, own.length])).toEqual([
      [7, 400, 7],
      [7, 400, 6],
    ]);
  });

  it('counts both rows of a pair, and the longer of them', () => {
    const pairs = Array.from({ length: 8 }, () => ({ ...hostOf(20), others: [Array<number>(190).fill(6)] }));
    expect(divide(pairs, 2000, clone).map(({ batch, tokens }) => [batch, ...tokens])).toEqual([
      [4, 192],
      [4, 192],
    ]);
  });
});
