/** Integrated Gradients: exact where f is linear, and complete where it is not. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import '../../testing/matchers.ts';
import { PAD, tinyModel, tinyRows } from '../../testing/tiny-model.ts';
import { watchEngine } from '../../testing/watched-engine.ts';
import {
  type Architecture,
  architectures,
  makeBatch,
  rowLengths,
  uploadParameters,
  vector,
  type HostTensor,
  type ModelInput,
} from '../../train/index.ts';
import { chooseTokens, lookUpWords } from '../../train/layers.ts';
import type { Task } from '../../train/task.ts';
import { clone } from '../../train/tasks/clone.ts';
import { defect } from '../../train/tasks/defect.ts';
import { search } from '../../train/tasks/search.ts';
import { attribute, type AttributionOptions } from './attribute.ts';
import { attributionProgram } from './attribution-program.ts';

const { signal, resume } = quietContext(makeRng(1));
const quiet: AttributionOptions = { steps: 50, signal, resume, done: () => undefined };

/** f = bias + Σ over tokens of Σ over the width of e_j, of two rows: a word's embedding says what it contributes. */
function linearModel(bias: number) {
  const tiny = tinyModel();
  const task: Task = {
    ...clone,
    head: () => [],
    outputs: (_parameters, [rows]) => tf.add(tf.sum(tf.reshape(rows!, [rows!.shape[0] / 2, -1]), 1, true), bias),
    probabilities: (outputs) => tf.reshape(outputs, [-1]),
  };
  const words = tiny.network.parameters.find(({ key }) => key === 'words')!;
  const network = {
    ...tiny.network,
    parameters: [words],
    lookUpWords,
    encode: (_parameters: object, { words: rows, mask }: { readonly words: tf.Tensor2D; readonly mask: tf.Tensor2D }) =>
      chooseTokens(rows, mask),
  };
  const [rows, width] = words.shape as [number, number];
  // Word i contributes (i − 20) / 100, unevenly over the width.
  const data = Float32Array.from({ length: rows * width }, (_, at) => {
    const contribution = (Math.floor(at / width) - 20) / 100;
    return at % width === 0 ? contribution + 1 : at % width === 1 ? -1 : 0;
  });
  return { model: { ...tiny, network, task, parameters: [words] }, tensors: new Map([[words.tensors[0]!, { shape: words.shape, data }]]) };
}

type Tiny = ReturnType<typeof tinyModel>;

/**
 * T5 adds no positions, and its norms know no size: with their own epsilon, f jumps before the path's first step. With 1 it is smooth. (0.001 is
 * the root of that epsilon, and what a norm leaves is the next layer's input: words would have to be 0.001 to the number of layers.)
 */
const smoothT5: Architecture = {
  ...architectures.t5,
  ofSize: (wanted) => architectures.t5.ofConfig({ ...configOf(wanted), layer_norm_epsilon: 1 }, 'a made-up config.json'),
};
const configOf = (wanted: Parameters<Architecture['ofSize']>[0]): object =>
  architectures.t5.configFor!(wanted, { cls: 0, pad: PAD, sep: 2 }) as object;

/** Each architecture and each task, with the size of word embeddings (root of the mean square) and a factor of other weights that move f. */
const cases = [
  { architecture: architectures.roberta, task: defect, size: 0.1, factor: 3 },
  { architecture: smoothT5, task: clone, size: 1, factor: 1 },
  { architecture: architectures['gpt-bigcode'], task: search, size: 0.03, factor: 3 },
] as const;

function samplesOf(task: Task, seed: number): ModelInput[] {
  const rows = task.streams.reduce((total, stream) => total + stream.rows.length, 0);
  const all = tinyRows(5 * rows, { seed, longest: 15 }).rows;
  return Array.from({ length: 5 }, (_, sample) => all.slice(sample * rows, (sample + 1) * rows));
}

/** Word embeddings of this size, and other weights so large that f moves. */
const steep = (tensors: ReadonlyMap<string, HostTensor>, words: string, size: number, factor: number): Map<string, HostTensor> =>
  new Map(
    [...tensors].map(([name, { shape, data }]) => {
      const by = name === words ? size / Math.sqrt(sum(data.map((x) => x * x)) / data.length) : /norm|ln_/i.test(name) ? 1 : factor;
      return [name, { shape, data: data.map((x) => by * x) }];
    }),
  );

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

/** f of label 1 with the programs' words scaled to nothing, and as they are. */
async function endsOfPath(engine: Engine, model: Tiny, tensors: ReadonlyMap<string, HostTensor>, inputs: readonly ModelInput[]) {
  const shape = { batch: inputs.length, tokens: rowLengths(inputs, model.task, model.maxTokens) };
  const program = await engine.compile(attributionProgram(model, shape, 2));
  const parameters = await uploadParameters(engine, model.parameters, tensors);
  const rows = makeBatch(inputs, model.task, shape, model.network);
  const { values } = (await program.run({ ...parameters, ...rows, points: vector([0, 1]), weights: vector([0, 0]) })).fetched;
  return inputs.map((_, index) => ({ nothing: values[2 * index]!, whole: values[2 * index + 1]! }));
}

/** On WebGPU the first case alone: the others' passes and gradients are compared there in src/train/models. */
describeOnDevices('Integrated Gradients', (open, device) => {
  test.each([
    { bias: 1.5, sign: 1 },
    { bias: 0.3, sign: -1 },
  ])('of a linear model are each token’s own contribution to the predicted class (bias $bias)', async ({ bias, sign }) => {
    const { model, tensors } = linearModel(bias);
    const inputs = [
      [
        [0, 21, 19, 2],
        [0, 25, 2],
      ],
      [
        [0, 32, 22, 23, 17, 2],
        [0, 28, 20, 2],
      ],
    ];
    const found = await attribute(await open(), model, tensors, inputs, quiet);
    expect(found.map(({ rows }) => rows.map((row) => row.length))).toEqual(inputs.map((rows) => rows.map((row) => row.length)));
    inputs.forEach((rows, sample) => {
      const own = rows.map((row) => row.map((id) => (id - 20) / 100));
      const label1 = bias + sum(own.flat());
      expect(label1 > 0.5).toBe(sign === 1);
      expect(found[sample]!.value).toBeAllclose(sign === 1 ? label1 : 1 - label1);
      rows.forEach((_, r) =>
        expect(found[sample]!.rows[r]!).toBeAllclose(
          own[r]!.map((value) => sign * value),
          { absolute: 1e-5 },
        ),
      );
    });
  });

  test.each(device === 'cpu' ? cases : cases.slice(0, 1))(
    'of $architecture.name add up to what the words make of f, $task.name',
    async ({ architecture, task, size, factor }) => {
      const engine = await open();
      const model = tinyModel({ architecture, task });
      const tensors = steep(model.tensors, model.network.parameters.find(({ key }) => key === 'words')!.tensors[0]!, size, factor);
      const inputs = samplesOf(task, 7);
      const ends = await endsOfPath(engine, model, tensors, inputs);
      const found = await attribute(engine, model, tensors, inputs, { ...quiet, steps: 100 });
      found.forEach(({ rows, value }, index) => {
        const { nothing, whole } = ends[index]!;
        const sign = task !== search && whole <= 0.5 ? -1 : 1;
        expect(value).toBeAllclose(sign === 1 ? whole : 1 - whole, { relative: 1e-4 });
        const total = sign * (whole - nothing);
        // A right-hand sum over 100 steps is off by half the change of the slope along the path, / 100.
        expect(Math.abs(sum(rows.flatMap((row) => [...row])) - total)).toBeLessThan(0.03 * Math.abs(total) + 0.002);
      });
    },
  );

  test('do not depend on how samples and points share calls, and everything on the device is freed', async () => {
    const model = tinyModel({ task: clone });
    const inputs = samplesOf(clone, 3);
    const plain = watchEngine(await open());
    const whole = await attribute(plain.engine, model, model.tensors, inputs, { ...quiet, steps: 7 });
    // Rows of 16 and 16 sub-tokens: three points a call, the last call filled up.
    const small = watchEngine(await open());
    const { engine } = small;
    const divided = await attribute(
      {
        compile: (source) => engine.compile(source),
        upload: (value) => engine.upload(value),
        memoryBudget: engine.memoryBudget,
        batchTokens: 96,
      },
      model,
      model.tensors,
      inputs,
      {
        ...quiet,
        steps: 7,
      },
    );
    expect(plain.log.filter((line) => line.startsWith('+'))).toEqual(['+attribution 5x16 at 7']);
    expect(small.log.filter((line) => line.startsWith('+'))).toEqual(['+attribution 1x16 at 3']);
    divided.forEach(({ rows, value }, index) => {
      expect(value).toBeAllclose(whole[index]!.value);
      rows.forEach((row, r) => expect(row).toBeAllclose(whole[index]!.rows[r]!, { absolute: 1e-7 }));
    });
    expect([...plain.alive(), ...small.alive()]).toEqual([]);
  });

  test('go on after any save to the very same numbers', async () => {
    const model = tinyModel({ task: clone });
    const inputs = samplesOf(clone, 3);
    const opened = await open();
    const run = (resume: AttributionOptions['resume']) => {
      const { engine, log } = watchEngine(opened);
      const few: Parameters<typeof attribute>[0] = {
        compile: (source) => engine.compile(source),
        upload: (value) => engine.upload(value),
        memoryBudget: engine.memoryBudget,
        batchTokens: 96,
      };
      return attribute(few, model, model.tensors, inputs, { ...quiet, steps: 7, resume }).then((found) => ({ found, log }));
    };
    const saves: ReadonlyMap<string, Uint8Array>[] = [];
    const whole = await run({ load: () => null, save: (files) => saves.push(files), isOverdue: () => true });
    // One sample a batch.
    expect(saves).toHaveLength(5);
    for (const [at, files] of saves.entries()) {
      let redone = 0;
      const again = await run({ load: () => files, save: () => redone++, isOverdue: () => true });
      expect(again.found).toEqual(whole.found);
      expect(redone).toBe(4 - at);
      expect(again.log.length > 0).toBe(at < 4);
    }
    await run({ load: () => null, save: () => expect.unreachable(), isOverdue: () => false });
  });

  test('take no more memory than there is', async () => {
    const model = tinyModel({ task: clone });
    const { engine, log } = watchEngine(await open(), { memoryBudget: 1 });
    await attribute(engine, model, model.tensors, samplesOf(clone, 3).slice(0, 1), { ...quiet, steps: 2 });
    expect(log).toEqual(['+attribution 1x16 at 1', '-attribution 1x16 at 1']);
  });
});
