/** Code search's vectors, contrastive loss and ranks (victims-and-data.md 3, 4.3). */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import '../../testing/matchers.ts';
import type { VectorPredictions } from '../../core/contracts.ts';
import { ownRanks } from '../../core/ranking.ts';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { noDropout, openEngine } from '../../engine/index.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import { makeProgram } from '../../testing/program.ts';
import { tinyJob, tinyModel } from '../../testing/tiny-model.ts';
import { fit } from '../fit.ts';
import { predictInputs } from '../predictor.ts';
import type { ModelInput } from '../task.ts';
import { search } from './search.ts';

const vectors = (codes: readonly number[][], queries: readonly (number[] | null)[]): VectorPredictions => ({
  kind: 'vectors',
  codes: codes.map((code) => Float32Array.from(code)),
  queries: queries.map((query) => (query === null ? null : Float32Array.from(query))),
});

test('a query’s rank counts functions with a higher cosine; of equal ones, those that stand before', () => {
  const found = vectors(
    [
      [1, 0],
      [0, 1],
      [0, 1],
    ],
    [[0, 1], null, [0, 1]],
  );
  expect(ownRanks(found)).toEqual([
    { sample: 0, rank: 3 },
    { sample: 2, rank: 2 },
  ]);
  expect(search.score(found, [], 'half')).toBeCloseTo((1 / 3 + 1 / 2) / 2, 12);
  expect(() => search.score({ kind: 'labels', probabilities: [1] }, [1], 'half')).toThrow(/asked of labels/);
});

test('ranks beyond 1,000 count nothing', () => {
  const pool = Array.from({ length: 1001 }, () => [0, 1]);
  const found = vectors([...pool, [1, 0]], [...pool.map(() => null), [0, 1]]);
  expect(ownRanks(found)).toEqual([{ sample: 1001, rank: 1002 }]);
  expect(search.score(found, [], 'half')).toBe(0);
});

test('a sample is its function and, where it has one, its query, cut to their own lengths', () => {
  const sample = { id: 's', label: 1, programs: [makeProgram('def f ( )')] };
  expect(search.words(sample)).toEqual([['def', 'f', '(', ')']]);
  expect(search.words({ ...sample, query: ' open  a\nfile ' })).toEqual([
    ['def', 'f', '(', ')'],
    ['open', 'a', 'file'],
  ]);
  expect([search.limits(256), search.limits(64)]).toEqual([
    [256, 128],
    [64, 64],
  ]);
});

/** Queries of one id that stands in their function too; nothing else is shared. */
function pairs(count: number): ModelInput[] {
  const rng = makeRng('pairs');
  return Array.from({ length: count }, () => {
    const topic = 3 + rng.integer(12);
    const code = Array.from({ length: 3 + rng.integer(8) }, () => 15 + rng.integer(12));
    return [
      [0, ...code.toSpliced(rng.integer(code.length), 0, topic), 2],
      [0, 27 + rng.integer(10), topic, 2],
    ];
  });
}

test('a model learns to find functions by their queries', async () => {
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const model = tinyModel({ task: search });
  const [train, test] = [pairs(96), pairs(140).slice(96)];
  const metric = async (tensors: typeof model.tensors): Promise<number> => {
    const predictions = await predictInputs(engine, model, tensors, test, []);
    return search.score(predictions, [], 'half');
  };
  const job = tinyJob(
    model,
    { inputs: train, labels: train.map(() => 1) },
    { epochs: 30, batchSize: 16, learningRate: 3e-2, dropout: 0, order: 'random' },
  );
  const keeper = { start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map<string, Uint8Array>(), decode: () => null };
  const before = await metric(model.tensors);
  const { trained } = await fit(engine, job, quietContext(makeRng(1)), keeper);
  // 44 functions over 12 topics: a topic names one of some four.
  expect(await metric(trained as typeof model.tensors)).toBeGreaterThan(2 * before);
});

describeOnDevices('loss and vectors', (open) => {
  test('the loss is the cross entropy of 20 times the cosines, the query’s own function the target', async () => {
    const rows = (...values: number[]) => ({ shape: [2, 2], dtype: 'float32', data: Float32Array.from(values) }) as const;
    const given = { codes: rows(3, 4, 0, 2), queries: rows(1, 0, 0, 5) };
    const program = await (
      await open()
    ).compile({
      name: 'contrastive loss',
      inputs: given,
      keep: [],
      fetch: ['outputs', 'both', 'first'],
      body({ codes, queries }) {
        const outputs = search.outputs({}, [codes as tf.Tensor2D, queries as tf.Tensor2D], noDropout);
        const labels = tf.ones<tf.Rank.R1>([2]);
        // The second fills the batch: the first has no other candidate.
        return { outputs, both: search.losses(outputs, labels, labels), first: search.losses(outputs, labels, tf.tensor1d([1, 0])) };
      },
    });
    const { outputs, both, first } = (await program.run(given)).fetched;
    await program.release();
    expect(outputs).toBeAllclose([0.6, 0.8, 1, 0, 0, 1, 0, 1]);
    // First query: 12 against 0; second: 16 against 20.
    expect(both).toBeAllclose([Math.log(1 + Math.exp(-12)), Math.log(1 + Math.exp(-4))], { relative: 1e-3, absolute: 2e-6 });
    expect(first[0]!).toBeAllclose(0, { relative: 0, absolute: 2e-6 });
  });

  test('samples without a query are functions all the same, and every vector is a unit vector, whatever its company', async () => {
    const model = tinyModel({ task: search });
    const mixed = pairs(24).map((input, index): ModelInput => (index < 10 ? input : [input[0]!]));
    const engine = await open();
    const vectorsOf = async (inputs: readonly ModelInput[]): Promise<VectorPredictions> => {
      const predictions = await predictInputs(engine, model, model.tensors, inputs, []);
      if (predictions.kind !== 'vectors') throw new Error('search predicts vectors');
      return predictions;
    };
    const { codes, queries } = await vectorsOf(mixed);
    expect(queries.map((query) => query !== null)).toEqual(mixed.map((_, index) => index < 10));
    for (const vector of [...codes, ...queries.slice(0, 10)]) expect(Math.hypot(...vector!)).toBeCloseTo(1, 5);
    const alone = await vectorsOf(mixed.slice(9, 10));
    expect(alone.codes[0]!).toBeAllclose(codes[9]!, { relative: 1e-4, absolute: 1e-6 });
    expect(alone.queries[0]!).toBeAllclose(queries[9]!, { relative: 1e-4, absolute: 1e-6 });
  });
});

test('equal vectors have equal ranks however samples are shuffled', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 12 }), fc.nat(), (angles, seed) => {
      const distinct = [...new Set(angles)];
      const at = (angle: number): number[] => [Math.cos(angle), Math.sin(angle)];
      const metric = (order: readonly number[]): number =>
        search.score(
          vectors(
            order.map(at),
            order.map((angle) => at(angle + 0.4)),
          ),
          [],
          'half',
        );
      expect(metric(makeRng(seed).shuffle(distinct))).toBeCloseTo(metric(distinct), 12);
    }),
    { seed: 1 },
  );
});
