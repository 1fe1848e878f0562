/** The crafting model's programs: padding and batches change nothing, gradients are slopes of the loss, own words are consistent. */
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { openEagerEngine } from '../../engine/eager-engine.ts';
import { dropoutPlace, dropoutPool, planDropout, stepSize, type Engine, type HostValue, type ProgramSource } from '../../engine/index.ts';
import { trace } from '../../engine/trace.ts';
import { lower } from '../../engine/webgpu/lower.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import '../../testing/matchers.ts';
import { initialParameters, parameterCount, parameterShapes } from './parameters.ts';
import { gradientProgram, lossProgram, stepProgram, writeProgram } from './programs.ts';
import { nameValues, sourceValues, type RowShape } from './rows.ts';
import { vector } from './state.ts';
import { target } from './vocabulary.ts';

const shape = { width: 4, layers: 2, sourceWords: 30, targetWords: 9 };
const theta = initialParameters(shape, makeRng('model'));
const WORDS = 4;

const rows = [
  [3, 5, 7, 7, 9],
  [4, 3],
  [8, 6, 5, 4, 3, 2, 10, 11],
];
const names = [
  [4, 5, target.end],
  [3, target.end],
  [8, 3, 4, target.end],
];

async function run<In extends string, Kept extends string, Host extends string>(
  engine: Engine,
  source: ProgramSource<In, Kept, Host>,
  inputs: Record<In, HostValue>,
) {
  const program = await engine.compile(source);
  const { kept, fetched } = await program.run(inputs);
  await program.release();
  return { kept, fetched };
}

async function lossesOf(engine: Engine, which: readonly number[], { batch, steps }: RowShape, parameters = theta): Promise<number[][]> {
  const inputs = {
    theta: vector(parameters),
    ...sourceValues(
      which.map((row) => rows[row]!),
      { batch, steps },
    ),
    ...nameValues(
      which.map((row) => names[row]!),
      batch,
      WORDS,
    ),
  };
  const { losses } = (await run(engine, lossProgram(shape, { batch, steps }, WORDS), inputs)).fetched;
  return which.map((row, b) => Array.from(losses.subarray(b * WORDS, b * WORDS + names[row]!.length)));
}

describeOnDevices('the crafting model', (open) => {
  test('a row’s losses depend neither on padding nor on the rows beside it', async () => {
    const engine = await open();
    const together = await lossesOf(engine, [0, 1, 2], { batch: 4, steps: 12 });
    for (const row of [0, 1, 2]) {
      const [alone] = await lossesOf(engine, [row], { batch: 1, steps: rows[row]!.length });
      expect(together[row]!).toBeAllclose(alone!, { relative: 1e-4, absolute: 1e-5 });
    }
    // The rows do differ.
    expect(Math.abs(together[0]![0]! - together[1]![0]!)).toBeGreaterThan(1e-3);
  });

  test('losses are those of the eager engine', async () => {
    const [ours, eager] = [await open(), openEagerEngine('cpu')];
    for (const [row, losses] of (await lossesOf(eager, [0, 1, 2], { batch: 3, steps: 8 })).entries()) {
      expect((await lossesOf(ours, [0, 1, 2], { batch: 3, steps: 8 }))[row]!).toBeAllclose(losses, { relative: 1e-4, absolute: 1e-5 });
    }
  });

  test('a function’s words count in both directions, the first and the last', async () => {
    const engine = await open();
    const [base] = await lossesOf(engine, [2], { batch: 1, steps: 8 });
    for (const at of [0, 7]) {
      const changed = sourceValues([rows[2]!.with(at, 20)], { batch: 1, steps: 8 });
      const { losses } = (
        await run(engine, lossProgram(shape, { batch: 1, steps: 8 }, WORDS), {
          theta: vector(theta),
          ...changed,
          ...nameValues([names[2]!], 1, WORDS),
        })
      ).fetched;
      expect(Math.abs(losses[0]! - base![0]!)).toBeGreaterThan(1e-4);
    }
  });

  test('a model told its own words finds each of them the likeliest', async () => {
    const engine = await open();
    const form = { batch: 3, steps: 8 };
    const { kept, fetched } = await run(engine, writeProgram(shape, form, WORDS), { theta: vector(theta), ...sourceValues(rows, form) });
    const written = (t: number, b: number): number => fetched.written[t * 3 + b]!;
    const previous = Array.from(await engine.download(kept.previous));
    expect(previous.slice(0, 3)).toEqual([target.start, target.start, target.start]);
    expect(previous.slice(3)).toEqual(Array.from(fetched.written.subarray(0, 9)));
    // Every other word at a place, told the same words before it, is less likely.
    const lossAt = async (t: number, word: number): Promise<number> => {
      const gold = {
        shape: [3 * WORDS],
        dtype: 'int32',
        data: Int32Array.from({ length: 3 * WORDS }, (_, i) => (i === t ? word : 0)),
      } as const;
      const told = { shape: [3 * WORDS], dtype: 'int32', data: Int32Array.from(previous) } as const;
      const { losses } = (
        await run(engine, lossProgram(shape, form, WORDS), {
          theta: vector(theta),
          ...sourceValues(rows, form),
          ...nameValues(names, 3, WORDS),
          previous: told,
          gold,
        })
      ).fetched;
      return losses[t]!;
    };
    for (const t of [0, 2]) {
      const best = await lossAt(t, written(t, 0));
      for (let word = 0; word < shape.targetWords; word++) expect(best).toBeLessThanOrEqual((await lossAt(t, word)) + 1e-5);
    }
  });

  test('the gradient of a one-hot input is the slope of the loss towards an entry’s embedding, averaged over occurrences', async () => {
    const engine = await open();
    // Word 7 stands twice in row 0, word 4 once in row 1: two places.
    const form = { batch: 2, steps: 8 };
    const places = new Int32Array(16).fill(2);
    rows[0]!.forEach((id, index) => { if (id === 7) places[(3 + index) * 2] = 0; }); // prettier-ignore
    places[6 * 2 + 1] = 1;
    const candidates = Int32Array.of(12, 20, 25);
    const { gradient } = (await run(engine, gradientProgram(shape, { rows: form, words: WORDS, places: 2, candidates: 3 }), {
      theta: vector(theta),
      ...sourceValues([rows[0]!, rows[1]!], form),
      ...nameValues([names[0]!, names[1]!], 2, WORDS),
      places: { shape: [16], dtype: 'int32', data: places },
      shares: { shape: [2, 1], dtype: 'float32', data: Float32Array.of(1 / 2, 1) },
      candidates: { shape: [3], dtype: 'int32', data: candidates },
    })).fetched; // prettier-ignore
    expect(Object.keys(parameterShapes(shape))[0]).toBe('source words');
    const total = async (row: number, word: number, entry: number, by: number): Promise<number> => {
      const moved = theta.slice();
      for (let h = 0; h < shape.width; h++) moved[word * shape.width + h]! += by * theta[entry * shape.width + h]!;
      return (await lossesOf(engine, [row], { batch: 1, steps: rows[row]!.length }, moved))[0]!.reduce((sum, loss) => sum + loss, 0);
    };
    for (const [place, { row, word, occurrences }] of [
      { row: 0, word: 7, occurrences: 2 },
      { row: 1, word: 4, occurrences: 1 },
    ].entries()) {
      // prettier-ignore
      for (const [c, entry] of candidates.entries()) {
        const slope = ((await total(row, word, entry, 0.02)) - (await total(row, word, entry, -0.02))) / 0.04;
        expect(gradient[place * 3 + c]!).toBeAllclose(slope / occurrences, { relative: 2e-2, absolute: 2e-4 });
      }
    }
  });

  test('a step lowers the loss, and gives what the eager engine gives', async () => {
    const form = { batch: 3, steps: 8 };
    const plan = planDropout(0.2, 3, [WORDS * 2 * shape.width]);
    const size = parameterCount(shape);
    const step = async (engine: Engine, weights: Float32Array) => {
      const { kept, fetched } = await run(engine, stepProgram(shape, form, WORDS, plan, 5), {
        ...{ theta: vector(weights), m: vector(new Float32Array(size)), v: vector(new Float32Array(size)) },
        ...{ ...sourceValues(rows, form), ...nameValues(names, 3, WORDS), stepSize: vector(Float32Array.of(stepSize(1e-2, 1))) },
        ...{ pool: dropoutPool(plan, makeRng('pool')), ...dropoutPlace(plan, makeRng('place')) },
      });
      return {
        loss: fetched.loss[0]!,
        norm: fetched.norm[0]!,
        theta: (await engine.download(kept.theta)).slice(),
        m: (await engine.download(kept.m)).slice(),
      };
    };
    const [ours, eager] = [await step(await open(), theta), await step(openEagerEngine('cpu'), theta)];
    expect(ours.loss).toBeAllclose(eager.loss, { relative: 1e-4 });
    expect(ours.norm).toBeAllclose(eager.norm, { relative: 1e-3 });
    expect(ours.m).toBeAllclose(eager.m, { relative: 1e-2, absolute: 1e-5 });
    expect((await step(await open(), ours.theta)).loss).toBeLessThan(ours.loss);
  });
});

test('every program has GPU kernels for full vocabularies', () => {
  const whole = { width: 16, layers: 2, sourceWords: 15_258, targetWords: 5_003 };
  const form = { batch: 2, steps: 3 };
  const plan = planDropout(0.2, 2, [WORDS * 2 * whole.width]);
  const programs = [
    stepProgram(whole, form, WORDS, plan, 5),
    writeProgram(whole, form, WORDS),
    lossProgram(whole, form, WORDS),
    gradientProgram(whole, { rows: form, words: WORDS, places: 256, candidates: 13_000 }),
  ];
  for (const { body, inputs, fetch } of programs) {
    const { graph } = trace(body, inputs);
    expect(lower(graph, new Set(fetch), 64).work.length).toBeGreaterThan(50);
  }
});
