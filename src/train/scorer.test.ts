/** Scores: in the order of the rows, each row's own whatever it is batched or padded with. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { openEngine } from '../engine/index.ts';
import '../testing/matchers.ts';
import { tinyModel, tinyRows } from '../testing/tiny-model.ts';
import { uploadParameters } from './resident.ts';
import { makeBatch, vector } from './rows.ts';
import { scoreProgram } from './score-program.ts';
import { openScorer, type Scored } from './scorer.ts';

const model = tinyModel({ maxTokens: 200 });
const { inputs, labels } = tinyRows(40, { longest: 200, seed: 3 });
const open = () => openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
const numbers = (scored: readonly Scored[]): number[] => scored.flatMap(({ loss, probability }) => [loss, probability]);

test('rows keep their scores in any order and company', async () => {
  const scorer = await openScorer(await open(), model, model.tensors);
  const all = await scorer.score(inputs, labels);
  const order = makeRng('order').shuffle(inputs.map((_, index) => index));
  const shuffled = await scorer.score(
    order.map((index) => inputs[index]!),
    order.map((index) => labels[index]!),
  );
  expect(numbers(shuffled)).toBeAllclose(numbers(order.map((index) => all[index]!)));
  for (const index of [0, 17, 39]) {
    expect(numbers(await scorer.score([inputs[index]!], [labels[index]!]))).toBeAllclose(numbers([all[index]!]));
  }
  expect(new Set(all.map(({ loss }) => loss)).size).toBeGreaterThan(30);
  expect(await scorer.score([], [])).toEqual([]);
  await scorer.close();
});

test('the label decides the loss alone', async () => {
  const scorer = await openScorer(await open(), model, model.tensors);
  const [ones, zeros] = [
    await scorer.score(
      inputs,
      inputs.map(() => 1),
    ),
    await scorer.score(
      inputs,
      inputs.map(() => 0),
    ),
  ];
  ones.forEach(({ loss, probability }, index) => {
    expect(zeros[index]!.probability).toBe(probability);
    expect([loss, zeros[index]!.loss]).toBeAllclose([-Math.log(probability), -Math.log(1 - probability)], { relative: 1e-4 });
  });
  await scorer.close();
});

test('padding does not change a row’s loss or probability', async () => {
  const engine = await open();
  const parameters = await uploadParameters(engine, model.parameters, model.tensors);
  const lengths = [40, 41, 64, 200];
  const programs = await Promise.all(lengths.map((tokens) => engine.compile(scoreProgram(model, { batch: 3, tokens: [tokens] }))));
  const id = fc.integer({ min: 3, max: 39 });
  const row = fc.array(id, { minLength: 1, maxLength: 38 }).map((ids) => [0, ...ids, 2]);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 3, maxLength: 3 }), async (drawn) => {
      const given = { ...parameters, labels: vector([0, 1, 0]), weights: vector([1, 1, 1]) };
      const batchOf = (tokens: number) =>
        makeBatch(
          drawn.map((one) => [one]),
          model.task,
          { batch: 3, tokens: [tokens] },
          model.network,
        );
      const results = await Promise.all(
        programs.map(async (program, i) => (await program.run({ ...given, ...batchOf(lengths[i]!) })).fetched),
      );
      for (const { losses, probabilities } of results.slice(1)) {
        expect(losses).toBeAllclose(results[0]!.losses, { relative: 1e-5, absolute: 1e-6 });
        expect(probabilities).toBeAllclose(results[0]!.probabilities, { relative: 1e-5, absolute: 1e-6 });
      }
    }),
    { seed: 1, numRuns: 20, endOnFailure: true },
  );
});

test('parameters of another shape are refused before anything is computed', async () => {
  const other = tinyModel({ vocabulary: 41 });
  await expect(openScorer(await open(), model, other.tensors)).rejects.toThrow(/word_embeddings.weight: expected \[40,8\], found \[41,8\]/);
});
