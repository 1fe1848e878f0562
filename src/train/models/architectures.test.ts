/** What holds for every architecture of the catalogue: names, vectors, dropout, memory, training from scratch, the trigger's gradient. */
import { readdirSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { compileGradient } from '../../defend/elibadcode/gradient.ts';
import type { Host } from '../../defend/elibadcode/stamp.ts';
import { noDropout, openEngine, type Dropout, type Engine } from '../../engine/index.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import '../../testing/matchers.ts';
import { PAD, tinyJob, tinyModel, tinyRows } from '../../testing/tiny-model.ts';
import { fit, type FitJob } from '../fit.ts';
import { viewParameters, flatten, flatSize } from '../parameters.ts';
import { predictInputs } from '../predictor.ts';
import { padRows } from '../rows.ts';
import { openScorer, type Scorer } from '../scorer.ts';
import { clone } from '../tasks/clone.ts';
import { search } from '../tasks/search.ts';
import { compactParameters, compactRow, compactTensors, expandTensors, vocabularyOf } from '../vocabulary.ts';
import { architectures } from './index.ts';
import type { Read } from '../network.ts';

const open = (): Promise<Engine> => openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
const every = Object.values(architectures);
const { rows, inputs, labels } = tinyRows(22);

/** What `encode` gives for some rows, padded to `tokens`. */
async function encoded(
  engine: Engine,
  model: ReturnType<typeof tinyModel>,
  some: readonly (readonly number[])[],
  tokens: number,
  read: Read,
) {
  const batch = padRows(some, tokens, model.network);
  const theta = { shape: [model.size], dtype: 'float32', data: flatten(model.parameters, model.tensors) } as const;
  const program = await engine.compile({
    name: 'encode',
    inputs: { theta, ...batch },
    keep: [],
    fetch: ['states'],
    body(given) {
      const views = viewParameters(model.parameters, given.theta as tf.Tensor1D);
      const ids = given.ids as tf.Tensor2D;
      const words = model.network.lookUpWords(views, ids);
      return { states: model.network.encode(views, { words, mask: given.mask as tf.Tensor2D, ids }, { dropout: noDropout, read }) };
    },
  });
  const { fetched } = await program.run({ theta, ...batch });
  await program.release();
  return fetched.states;
}

test('every file of the folder is an architecture of its name, or a part of one', () => {
  const files = readdirSync(import.meta.dirname).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts',
  );
  const names = files.map((name) => name.replace('.ts', '')).filter((name) => every.every((one) => !name.startsWith(`${one.name}-`)));
  expect(names.toSorted()).toEqual(Object.keys(architectures).toSorted());
  for (const [name, one] of Object.entries(architectures)) expect(one.name).toBe(name);
  expect(every.length).toBeGreaterThan(2);
});

describe.each(every)('$name', (architecture) => {
  const model = tinyModel({ architecture });
  const { network } = model;

  test('keys and tensor names are unique, under `encoder.`, and the word table is called `words`', () => {
    for (const size of Object.values(architecture.sizes)) {
      expect(size.width % size.heads).toBe(0);
      const { parameters } = architecture.ofSize({ size, vocabulary: 99, maxTokens: 64 }).network({ pad: 0, sep: 2 });
      const names = parameters.flatMap(({ tensors }) => tensors);
      expect(new Set(parameters.map(({ key }) => key)).size).toBe(parameters.length);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => !name.startsWith('encoder.'))).toEqual([]);
      expect(parameters.filter(({ key }) => key.startsWith('head.'))).toEqual([]);
      expect(parameters.find(({ key }) => key === 'words')!.shape).toEqual([99, size.width]);
    }
  });

  test('a row’s vector is one of its hidden states, whatever the padding', async () => {
    const engine = await open();
    const { width } = network;
    const [narrow, wide] = [await encoded(engine, model, rows, 32, 'first'), await encoded(engine, model, rows, 48, 'first')];
    const all = await encoded(engine, model, rows, 32, 'all');
    expect(narrow).toHaveLength(rows.length * width);
    expect(all).toHaveLength(rows.length * 32 * width);
    expect(wide).toBeAllclose(narrow, { relative: 1e-4, absolute: 1e-5 });
    const places = rows.map((row, r) => {
      const own = [...narrow.subarray(r * width, (r + 1) * width)];
      const isOwn = (place: number): boolean => own.every((value, i) => Math.abs(value - all[(r * 32 + place) * width + i]!) < 1e-5);
      return [0, row.length - 1].filter(isOwn);
    });
    // The first or the last real token's, and in every row the same of the two.
    const isFirst = places.every((found) => found.includes(0));
    const isLast = places.every((found, r) => found.includes(rows[r]!.length - 1));
    expect([isFirst, isLast].filter(Boolean)).toHaveLength(1);
    expect(new Set(narrow).size).toBeGreaterThan(rows.length);
  });

  test.each(['first', 'mean', 'all'] as const)('comes to the dropout sites that it says it has, reading %s', async (read) => {
    const engine = await open();
    const found: number[] = [];
    const watched: Dropout = (x) => {
      found.push(x.size / 3);
      return x;
    };
    const counting = {
      ...network,
      encode: (...[parameters, given]: Parameters<typeof network.encode>) => network.encode(parameters, given, { dropout: watched, read }),
    };
    await encoded(engine, { ...model, network: counting }, rows.slice(0, 3), 24, read);
    expect(found).toEqual(network.dropoutSites(24, read));
  });

  test('what a row costs grows with its length, and nothing costs nothing', () => {
    for (const read of ['first', 'mean', 'all'] as const) {
      const floats = [0, 16, 32, 64].map((tokens) => network.rowFloats(tokens, read));
      expect(floats[0]).toBe(0);
      expect(floats.toSorted((a, b) => a - b)).toEqual(floats);
      expect(floats[2]! - floats[1]!).toBeLessThan(floats[3]! - floats[2]!);
    }
  });

  test('training on the words that occur, renumbered, gives the same numbers', async () => {
    // Pad is the least id in neither numbering.
    const vocabulary = vocabularyOf(inputs, [PAD, 2]);
    const [pad, sep] = [vocabulary.compact.get(PAD)!, vocabulary.compact.get(2)!];
    const big = tinyModel({ architecture, vocabulary: 400 });
    const compact = {
      ...big,
      network: big.network.renumbered({ vocabulary: vocabulary.full.length, pad, sep }),
      parameters: compactParameters(big.parameters, vocabulary),
      tensors: compactTensors(big.parameters, big.tensors, vocabulary),
    };
    expect(compact.network.parameters).toEqual(compact.parameters.slice(0, compact.network.parameters.length));
    const train = async (job: FitJob) => (await fit(await open(), job, quietContext(makeRng(7)), keeper)).trained;
    const whole = await train(tinyJob(big, { inputs, labels }));
    const small = await train(tinyJob(compact, { inputs: inputs.map((input) => input.map((row) => compactRow(row, vocabulary))), labels }));
    const expanded = expandTensors(big.parameters, big.tensors, small, vocabulary);
    for (const [name, { data }] of whole) expect([name, expanded.get(name)!.data]).toEqual([name, data]);
  });

  describeOnDevices('from scratch', (openDevice) => {
    test('a small model learns a small task, and its predictions say so', async () => {
      const data = tinyRows(64);
      const job = tinyJob(model, data, { epochs: 14, batchSize: 8, learningRate: 2e-2, dropout: 0 });
      const { trained, kept } = await fit(await openDevice(), job, quietContext(makeRng(7)), losses);
      expect(kept[0]).toBeGreaterThan(0.5);
      expect(kept.at(-1)).toBeLessThan(0.25);
      const found = await predictInputs(await openDevice(), model, trained, data.inputs, data.labels);
      expect(model.task.score(found, data.labels, 'half')).toBeGreaterThan(0.9);
    });

    test.each([clone, search])('with dropout, $name trains and predicts', async (task) => {
      const other = tinyModel({ architecture, task });
      const pairs = rows.map((row, index) => [row, rows.at(index - 3)!]);
      const { trained, kept } = await fit(await openDevice(), tinyJob(other, { inputs: pairs, labels }), quietContext(makeRng(7)), losses);
      expect(kept.every(Number.isFinite)).toBe(true);
      const found = await predictInputs(await openDevice(), other, trained, pairs, labels);
      expect(found.kind).toBe(task === search ? 'vectors' : 'labels');
    });

    test('the trigger’s gradient tells how the loss changes with its embeddings', async () => {
      const engine = await openDevice();
      const trigger = [7, 20, 33];
      // The token moved must stand at its place alone.
      const [place, step] = [1, 1e-2];
      const own = trigger[place]!;
      const hosts = rows.map((ids, row): Host => ({
        ids: ids.map((id) => (id === own ? own + 1 : id)),
        position: 1 + (row % (ids.length - 1)),
        others: [],
      }));
      const vocabulary = Array.from({ length: 30 }, (_, index) => 5 + index);
      const scorer = await openScorer(engine, model, model.tensors);
      const given = { ...model, config: { maxTokens: model.maxTokens }, tokenizer: { special: { pad: PAD, sep: 2 } } };
      const task = { hosts, target: 1, vocabulary, triggerTokens: trigger.length, decoderTrigger: 'embeddings' } as const;
      const program = await compileGradient(engine, given, scorer, task);
      const gradient = (await program.run(trigger)).subarray(place * vocabulary.length, (place + 1) * vocabulary.length);
      await program.release();
      const steepest = gradient.indexOf(Math.max(...gradient));
      const moved = async (by: number): Promise<number> =>
        meanLoss(await openScorer(engine, model, movedWord(model, own, vocabulary[steepest]!, by)), hosts, trigger);
      const measured = ((await moved(step)) - (await moved(-step))) / (2 * step);
      await scorer.close();
      expect(measured).toBeAllclose(gradient[steepest]!, { relative: 0.02, absolute: 2e-5 });
      expect(Math.abs(measured)).toBeGreaterThan(1e-3);
    });
  });
});

const keeper = { start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map<string, Uint8Array>(), decode: () => null };
const losses = {
  start: [] as readonly number[],
  afterEpoch: ({ trainLoss }: { readonly trainLoss: number }, kept: readonly number[]) => Promise.resolve([...kept, trainLoss]),
  encode: () => new Map<string, Uint8Array>(),
  decode: () => [],
};

/** The word table with `by` of another word's row added to one word's. */
function movedWord({ parameters, tensors, network: { width } }: ReturnType<typeof tinyModel>, word: number, towards: number, by: number) {
  const [name] = parameters.find(({ key }) => key === 'words')!.tensors as [string];
  const table = tensors.get(name)!;
  const data = table.data.slice();
  for (let i = 0; i < width; i++) data[word * width + i]! += by * table.data[towards * width + i]!;
  return new Map(tensors).set(name, { ...table, data });
}

async function meanLoss(scorer: Scorer, hosts: readonly Host[], trigger: readonly number[]): Promise<number> {
  const stamped = hosts.map(({ ids, position }) => [ids.toSpliced(position, 0, ...trigger)]);
  const scored = await scorer.score(stamped, Array<number>(stamped.length).fill(1));
  await scorer.close();
  return scored.reduce((sum, { loss }) => sum + loss, 0) / scored.length;
}

test('published sizes: T5-base’s and StarCoderBase-1B’s numbers of parameters', () => {
  const count = (name: 't5' | 'gpt-bigcode', size: 'base' | '1b', vocabulary: number, maxTokens: number): number =>
    flatSize(
      architectures[name].ofSize({ size: architectures[name].sizes[size]!, vocabulary, maxTokens }).network({ pad: 0, sep: 2 }).parameters,
    );
  expect(count('t5', 'base', 32_128, 512)).toBe(222_903_552);
  expect(count('gpt-bigcode', '1b', 49_152, 8192)).toBe(1_137_207_296);
});
