/** Updates: the same numbers however a batch is cut, whatever it weighs and wherever its rows come from. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { dropoutPool, type Engine } from '../engine/index.ts';
import { describeOnDevices } from '../testing/engines.ts';
import { largestRelativeError } from '../testing/matchers.ts';
import { tinyModel, tinyRows } from '../testing/tiny-model.ts';
import { watchEngine } from '../testing/watched-engine.ts';
import { modelDropout } from './dropout-plan.ts';
import { encodeInputs } from './encoder-outputs.ts';
import { flatten, sizeOf, type Parameter } from './parameters.ts';
import { tokenRows, vectorRows, type RowSource } from './row-source.ts';
import { closeState, nextUpdate, startState } from './state.ts';
import type { Partition } from './steps.ts';
import type { ModelInput } from './task.ts';
import { clone } from './tasks/clone.ts';
import { search } from './tasks/search.ts';
import { openUpdates, partsOf, type Batch } from './updates.ts';

const BATCH = 8;
const defectModel = tinyModel();
const { rows, inputs } = tinyRows(30, { longest: 40 });
const wholeOf = (model: ReturnType<typeof tinyModel>): Partition => ({ trained: model.parameters, frozen: [] });
const isHead = ({ key }: Parameter): boolean => key.startsWith('head.');
const [head, encoder] = [defectModel.parameters.filter(isHead), defectModel.parameters.filter((parameter) => !isHead(parameter))];

interface Case {
  readonly batches: readonly Batch[];
  readonly partition?: Partition;
  readonly source?: RowSource;
  /** Default: the defect model's, and samples of one row. */
  readonly of?: { readonly model: ReturnType<typeof tinyModel>; readonly inputs: readonly ModelInput[] };
  readonly encoderDropout?: boolean;
  /** Rows computed at once. */
  readonly rowsAtOnce: number;
  /** What each program takes of 100 that there are; default 1. */
  readonly bytes?: number;
  readonly isRelative?: boolean;
}

/** Moments, parameters and figures after updates on the batches, in order. */
async function afterUpdates(
  engine: Engine,
  {
    batches,
    rowsAtOnce,
    of = { model: defectModel, inputs },
    partition = wholeOf(of.model),
    encoderDropout = true,
    source,
    bytes = 1,
    isRelative = false,
  }: Case,
) {
  const { model } = of;
  const drops = { probability: 0.2, encoder: encoderDropout };
  const largest = modelDropout(model, { batch: BATCH, tokens: model.task.streams.map(() => model.maxTokens) }, drops);
  const { poolSize } = largest;
  const pool = await engine.upload(dropoutPool(largest, makeRng('pool')));
  const updates = openUpdates(engine, {
    task: model.task,
    partition,
    source: source ?? tokenRows(model, of.inputs, encoderDropout),
    batchSize: BATCH,
    rule: { clipNorm: 1, isRelative },
    dropout: (shape) => modelDropout(model, shape, { ...drops, poolSize }),
    pool,
    memory: { rows: () => rowsAtOnce, bytes: () => bytes, available: 100 },
  });
  const state = await startState(engine, partition, model.tensors);
  const figures: number[] = [];
  for (const [index, batch] of batches.entries()) {
    const updated = await updates.update(state, batch, nextUpdate(state, 1e-3).stepSize, () => makeRng(index));
    const { loss, norm } = await updated.figures;
    figures.push(loss, norm);
  }
  const [m, theta] = [await engine.download(state.m), await engine.download(state.theta)];
  const result = { m: m.slice(), theta: theta.slice(), figures };
  await updates.close();
  closeState(state);
  pool.dispose();
  return result;
}

const weight = fc.constantFrom(1, 1, 0, -1, 0.5, -3.5);
const batch: fc.Arbitrary<Batch> = fc
  .array(fc.record({ row: fc.nat({ max: rows.length - 1 }), label: fc.constantFrom(0, 1), weight }), { minLength: 1, maxLength: BATCH })
  .filter((items) => items.some((item) => item.weight !== 0))
  .map((items) => ({ rows: items.map((i) => i.row), labels: items.map((i) => i.label), weights: items.map((i) => i.weight) }));

describeOnDevices('updates', (open, device) => {
  test('a batch cut in 1, 2, 3 or 4 parts gives one update, dropout on, whatever its rows weigh', async () => {
    const engine = await open();
    const cut = fc.asyncProperty(batch, async (drawn) => {
      const expected = await afterUpdates(engine, { batches: [drawn], rowsAtOnce: BATCH });
      for (const rowsAtOnce of [4, 3, 2]) {
        const found = await afterUpdates(engine, { batches: [drawn], rowsAtOnce });
        // The first moments are the clipped gradient's tenth.
        expect(largestRelativeError(found.m, expected.m)).toBeLessThan(1e-5);
        // The loss is a sum that negative weights may bring near 0.
        expect(Math.abs(found.figures[0]! - expected.figures[0]!)).toBeLessThan(1e-5);
        expect(Math.abs(found.figures[1]! / expected.figures[1]! - 1)).toBeLessThan(1e-5);
      }
      expect(expected.m.some((value) => value !== 0)).toBe(true);
    });
    await fc.assert(cut, { seed: 1, numRuns: device === 'cpu' ? 8 : 2, endOnFailure: true });
  });

  test('a batch of pairs cut in parts gives one update', async () => {
    const engine = await open();
    const model = tinyModel({ task: clone });
    const of = { model, inputs: rows.map((row, index): ModelInput => [row, rows.at(index - 7)!]) };
    const batches = [{ rows: [3, 1, 4, 15, 9, 2, 6], labels: [1, 0, 1, 1, 0, 0, 1], weights: [1, 2, 1, 0, -1, 1, 1] }];
    const expected = await afterUpdates(engine, { of, batches, rowsAtOnce: BATCH });
    for (const rowsAtOnce of [4, 2]) {
      const found = await afterUpdates(engine, { of, batches, rowsAtOnce });
      expect(largestRelativeError(found.m, expected.m)).toBeLessThan(1e-5);
      expect(Math.abs(found.figures[0]! - expected.figures[0]!)).toBeLessThan(1e-5);
    }
  });

  test('relative steps are the usual ones, each parameter’s times its root mean square', async () => {
    const engine = await open();
    const batches = [{ rows: [3, 1, 4, 15, 9, 2, 6], labels: [1, 0, 1, 1, 0, 0, 1], weights: [1, 1, 1, 1, 1, 1, 1] }];
    const { trained } = wholeOf(defectModel);
    const before = flatten(trained, defectModel.tensors);
    const usual = await afterUpdates(engine, { batches, rowsAtOnce: BATCH });
    for (const rowsAtOnce of [BATCH, 3]) {
      const { theta } = await afterUpdates(engine, { batches, rowsAtOnce, isRelative: true });
      let offset = 0;
      for (const { key, shape } of trained) {
        const of = (all: Float32Array): Float32Array => all.subarray(offset, offset + sizeOf(shape));
        const rms = Math.sqrt(of(before).reduce((sum, value) => sum + value * value, 0) / sizeOf(shape));
        const steps = (after: Float32Array): number[] => [...of(after)].map((value, index) => value - of(before)[index]!);
        const expected = steps(usual.theta).map((step) => step * Math.max(rms, 1e-3));
        const error = Math.max(...steps(theta).map((step, index) => Math.abs(step - expected[index]!)));
        // Of differences of float32 numbers near 1, whose steps are 1e-3.
        expect(error, key).toBeLessThan(2e-7);
        expect(Math.max(...expected.map(Math.abs)), key).toBeGreaterThan(5e-7);
        offset += sizeOf(shape);
      }
    }
  });

  test('rows that only fill a batch are no candidates of its queries', async () => {
    const engine = await open();
    const model = tinyModel({ task: search });
    const of = { model, inputs: rows.map((row, index): ModelInput => [row, rows.at(index - 7)!]) };
    // Copies of the first row fill a batch: as candidates they would be the first query's own function once more.
    const three = { rows: [3, 1, 4], labels: [1, 1, 1], weights: [1, 1, 1] };
    const copied = { rows: [3, 1, 4, 4, 1, 1, 3, 4], labels: Array<number>(8).fill(1), weights: [1, 1, 1, 0, 0, 0, 0, 0] };
    const [a, b] = [
      await afterUpdates(engine, { of, batches: [three], rowsAtOnce: BATCH }),
      await afterUpdates(engine, { of, batches: [copied], rowsAtOnce: BATCH }),
    ];
    expect(largestRelativeError(b.m, a.m)).toBeLessThan(1e-5);
    expect(b.figures[0]!).toBeCloseTo(a.figures[0]!, 5);
    expect(a.figures[0]!).toBeGreaterThan(0);
    expect(a.figures[0]!).toBeLessThan(40);
  });

  test('the head alone learns the same from vectors encoded before as from the rows themselves', async () => {
    const engine = await open();
    const rng = makeRng('batches');
    const batches = Array.from({ length: 4 }, () => {
      const some = rng.sample(
        rows.map((_, index) => index),
        BATCH - 1,
      );
      return { rows: some, labels: some.map((row) => row % 2), weights: some.map((row) => (row % 5) - 1) };
    });
    const common = { batches, encoderDropout: false, rowsAtOnce: BATCH };
    const expected = await afterUpdates(engine, { ...common, partition: { trained: head, frozen: encoder } });
    let encoded = 0;
    const vectors = await encodeInputs(engine, defectModel, { encoder, tensors: defectModel.tensors }, inputs, (done) => (encoded = done));
    expect(encoded).toBe(rows.length);
    const source = vectorRows(defectModel, vectors);
    for (const rowsAtOnce of [BATCH, 3]) {
      const found = await afterUpdates(engine, { ...common, rowsAtOnce, source, partition: { trained: head, frozen: [] } });
      expect(largestRelativeError(found.theta, expected.theta)).toBeLessThan(1e-5);
      expect(largestRelativeError(found.figures, expected.figures)).toBeLessThan(1e-5);
    }
  });

  test('programs of the lengths used longest ago make room for others, and the numbers stay', async () => {
    const engine = await open();
    const ofLength = (tokens: number): Batch => {
      const row = rows.findIndex(({ length }) => length > tokens - 16 && length <= tokens);
      return { rows: [row], labels: [1], weights: [1] };
    };
    const batches = [16, 32, 16, 48, 16, 32].map(ofLength);
    const expected = await afterUpdates(engine, { batches, rowsAtOnce: BATCH });
    // Two of three fit.
    const two = watchEngine(engine);
    expect(await afterUpdates(two.engine, { batches, rowsAtOnce: BATCH, bytes: 40 })).toEqual(expected);
    const steps = (log: readonly string[]): string[] => log.map((entry) => entry.replace('step 8x', ''));
    expect(steps(two.log)).toEqual(['+16', '+32', '-32', '+48', '-48', '+32', '-16', '-32']);
    // Not even one: it is kept while it is needed.
    const none = watchEngine(engine);
    await afterUpdates(none.engine, { batches: batches.slice(0, 3), rowsAtOnce: BATCH, bytes: 101 });
    expect(steps(none.log)).toEqual(['+16', '-16', '+32', '-32', '+16', '-16']);
    expect([...two.alive(), ...none.alive()]).toEqual([]);
  });
});

test('parts cover each row once and stay within the batch', () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, size, size, (batchSize, limit, given) => {
      const [rowsAtOnce, count] = [Math.min(limit, batchSize), Math.min(given, batchSize)];
      const parts = partsOf(count, batchSize, rowsAtOnce);
      const counted = parts.flatMap(({ firstRow, firstNew }) =>
        Array.from({ length: rowsAtOnce }, (_, r) => firstRow + r).filter((row) => row >= firstNew && row < count),
      );
      expect(counted).toEqual(Array.from({ length: count }, (_, row) => row));
      for (const { firstRow } of parts) expect(firstRow >= 0 && firstRow + rowsAtOnce <= batchSize).toBe(true);
      // None computes only rows that count nothing.
      for (const { firstNew } of parts) expect(firstNew).toBeLessThan(count);
    }),
    { seed: 1 },
  );
});
