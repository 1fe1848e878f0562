/** The compact vocabulary: ids there and back, and training on it gives the bytes that training on the full one gives. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRng } from '../core/rng.ts';
import { quietContext } from '../core/stage.ts';
import { openEngine } from '../engine/index.ts';
import { PAD, tinyJob, tinyModel, tinyRows } from '../testing/tiny-model.ts';
import { plantedModel } from '../testing/planted-victim.ts';
import { compactModel } from './compact.ts';
import { fit, type FitJob } from './fit.ts';
import { openModel } from './model.ts';
import { compactParameters, compactRow, compactTensors, expandTensors, vocabularyOf } from './vocabulary.ts';

const idRows = fc.array(fc.array(fc.nat({ max: 50 }), { maxLength: 8 }), { maxLength: 8 });

test('compact ids are the used ones in order, and lead back', () => {
  expect(vocabularyOf([[[9, 4]], [[4, 7]]], [1]).full).toEqual([1, 4, 7, 9]);
  fc.assert(
    fc.property(idRows, (rows) => {
      const vocabulary = vocabularyOf([rows], [PAD]);
      expect(new Set(vocabulary.full)).toEqual(new Set([PAD, ...rows.flat()]));
      for (const row of rows) expect(compactRow(row, vocabulary).map((id) => vocabulary.full[id])).toEqual(row);
    }),
    { seed: 1 },
  );
});

test('rows that samples share are one row on the compact vocabulary too', () => {
  const [a, b, c] = [[0, 9, 2], [0, 7, 2], [0, 9, 2]]; // prettier-ignore
  const inputs = [[a, b], [b, a], [a, c]]; // prettier-ignore
  const [first, second, third] = compactModel(openModel(plantedModel, 'clone'), inputs).inputs(inputs);
  expect([second![0], second![1], third![0]].map((row, at) => row === [first![1], first![0], first![0]][at])).toEqual([true, true, true]);
  expect(third![1]).toEqual(third![0]);
});

test('an id outside is an error', () => {
  expect(() => compactRow([1, 8], vocabularyOf([[[4]]], [1]))).toThrow(/id 8 is not part/);
});

const words = 'encoder.embeddings.word_embeddings.weight';

test('tensors are cut to the used rows and put back among the others', () => {
  const { parameters, tensors, network } = tinyModel();
  const shape = { width: network.width, vocabulary: network.words.vocabulary };
  const vocabulary = vocabularyOf([[[3, 30]]], [PAD]);
  const compact = compactTensors(parameters, tensors, vocabulary);
  expect(compactParameters(parameters, vocabulary).find(({ key }) => key === 'words')?.shape).toEqual([3, shape.width]);
  expect(compact.get(words)?.shape).toEqual([3, shape.width]);
  expect(expandTensors(parameters, tensors, compact, vocabulary)).toEqual(tensors);

  const changed = new Map(compact).set(words, { shape: [3, shape.width], data: new Float32Array(3 * shape.width).fill(9) });
  const table = expandTensors(parameters, tensors, changed, vocabulary).get(words)!.data;
  const original = tensors.get(words)!.data;
  const rowsOfNine = Array.from({ length: shape.vocabulary }, (_, id) => id).filter((id) => table[id * shape.width] === 9);
  expect(rowsOfNine).toEqual([1, 3, 30]);
  expect(table.filter((_, i) => ![1, 3, 30].includes(Math.floor(i / shape.width)))).toEqual(
    original.filter((_, i) => ![1, 3, 30].includes(Math.floor(i / shape.width))),
  );
  // Only the head was trained: the table is the original one.
  const head = new Map([...compact].filter(([name]) => name.startsWith('classifier.')));
  expect(expandTensors(parameters, tensors, head, vocabulary)).toEqual(tensors);
});

const keeper = { start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map<string, Uint8Array>(), decode: () => null };

async function train(job: FitJob) {
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 2 });
  return (await fit(engine, job, quietContext(makeRng(7)), keeper)).trained;
}

test.each([
  { clipNorm: 1e9, name: 'nothing is clipped' },
  { clipNorm: 0.01, name: 'gradients are clipped' },
])('training on the compact vocabulary gives the bytes of the full one: $name', async ({ clipNorm }) => {
  const model = tinyModel({ vocabulary: 9000 });
  const data = tinyRows(24, { vocabulary: 60 });
  const vocabulary = vocabularyOf(data.inputs, [PAD]);
  const full = await train(tinyJob(model, data, { clipNorm }));
  const smaller = {
    ...model,
    parameters: compactParameters(model.parameters, vocabulary),
    tensors: compactTensors(model.parameters, model.tensors, vocabulary),
    network: model.network.renumbered({
      vocabulary: vocabulary.full.length,
      pad: vocabulary.compact.get(PAD)!,
      sep: vocabulary.compact.get(2)!,
    }),
  };
  const compactData = { ...data, inputs: data.rows.map((row) => [compactRow(row, vocabulary)]) };
  const trained = await train(tinyJob(smaller, compactData, { clipNorm }));
  expect(vocabulary.full.length).toBeLessThan(70);
  const expanded = expandTensors(model.parameters, model.tensors, trained, vocabulary);
  for (const [name, { data: bytes }] of full) expect([name, expanded.get(name)!.data]).toEqual([name, bytes]);
  expect(full.get(words)!.data).not.toEqual(model.tensors.get(words)!.data);
});
