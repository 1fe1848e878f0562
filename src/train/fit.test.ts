/** The training loop: it learns, repeats to the byte, resumes to the byte, stops when told, and refuses a loss that is no number. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../core/errors.ts';
import { makeRng } from '../core/rng.ts';
import { quietContext, type Progress, type StageContext } from '../core/stage.ts';
import { openEngine, type Engine } from '../engine/index.ts';
import { describeOnDevices } from '../testing/engines.ts';
import '../testing/matchers.ts';
import { tinyJob, tinyModel, tinyRows } from '../testing/tiny-model.ts';
import { watchEngine } from '../testing/watched-engine.ts';
import { fit, type EpochKeeper, type FitJob } from './fit.ts';

const open = (): Promise<Engine> => openEngine({ device: 'cpu', engine: 'traced', threads: 1 });

/** Keeps the epochs' losses. */
const keeper: EpochKeeper<readonly number[]> = {
  start: [],
  afterEpoch: ({ trainLoss }, kept) => Promise.resolve([...kept, trainLoss]),
  encode: (kept) => new Map([['losses', Buffer.from(JSON.stringify(kept))]]),
  decode: (files) => JSON.parse(Buffer.from(files.get('losses')!).toString()) as number[],
};

type Changes = Partial<StageContext> & { readonly seed?: number };
const run = async (job: FitJob, { seed = 7, ...context }: Changes = {}) =>
  fit(await open(), job, { ...quietContext(makeRng(seed)), ...context }, keeper);

/** Every step's loss, norms and counts. */
function recorder(): { readonly progress: Progress; readonly steps: { done: number; total: number; loss: number }[] } {
  const steps: { done: number; total: number; loss: number }[] = [];
  return { steps, progress: ({ done, total, detail }) => steps.push({ done, total, loss: detail!['loss']! }) };
}

const model = tinyModel();
const data = tinyRows(22);

test('a small model learns a small task', async () => {
  const { kept } = await run(tinyJob(model, tinyRows(64), { epochs: 12, batchSize: 8, learningRate: 2e-2, dropout: 0 }));
  expect(kept).toHaveLength(12);
  expect(kept[0]).toBeGreaterThan(0.5);
  expect(kept.at(-1)).toBeLessThan(0.25);
});

test.each(['random', 'by-length'] as const)('the same seed gives the same bytes, another seed others: order %s', async (order) => {
  const job = tinyJob(model, data, { order });
  const [first, again, other] = [await run(job), await run(job), await run(job, { seed: 8 })];
  expect(again).toEqual(first);
  expect(other.kept).not.toEqual(first.kept);
});

test.each([
  [1, 0],
  [2, 0],
  [2, Infinity],
])('bytes repeat on %d threads within a budget of %d bytes: parts of one row, or whole batches', async (threads, memoryBudget) => {
  const again = async () => {
    const { engine, log } = watchEngine(await openEngine({ device: 'cpu', engine: 'traced', threads }), { memoryBudget });
    const result = await fit(engine, tinyJob(model, data), quietContext(makeRng(7)), keeper);
    expect(log.some((entry) => entry.startsWith('+gradient 1x'))).toBe(memoryBudget === 0);
    return result;
  };
  const first = await again();
  expect(await again()).toEqual(first);
  // Parts give the same numbers, up to rounding.
  expect(first.kept).toBeAllclose((await run(tinyJob(model, data))).kept, { relative: 1e-4 });
});

test('dropout changes what is learned, and without the encoder’s it changes less', async () => {
  const losses = async (options: Partial<FitJob['options']>): Promise<readonly number[]> => (await run(tinyJob(model, data, options))).kept;
  const variants = [{ dropout: 0 }, { dropout: 0.1 }, { dropout: 0.1, encoderDropout: false }];
  const all = await Promise.all(variants.map(losses));
  expect(new Set(all.map(String)).size).toBe(3);
});

test('a run that is killed after an epoch and started again ends with the bytes of one that was not', async () => {
  const job = tinyJob(model, data, { epochs: 3 });
  const whole = await run(job);
  for (const epochs of [1, 2]) {
    let saved: ReadonlyMap<string, Uint8Array> | null = null;
    let saves = 0;
    const killed = run(job, {
      resume: {
        load: () => null,
        save(files) {
          saved = files;
          if (++saves === epochs) throw new Error('killed');
        },
      },
    });
    await expect(killed).rejects.toThrow('killed');
    const { steps, progress } = recorder();
    const resumed = await run(job, { progress, resume: { load: () => saved, save: () => undefined } });
    expect(resumed).toEqual(whole);
    // Only the missing epochs are computed: 6 batches each.
    expect(steps.map(({ done }) => done)).toEqual(Array.from({ length: 6 * (3 - epochs) }, (_, i) => 6 * epochs + i + 1));
  }
});

test('a run that is killed within an epoch goes on with the next batch and ends with the same bytes', async () => {
  const job = tinyJob(model, data, { epochs: 2 });
  const whole = await run(job);
  for (const updates of [1, 4, 6, 9]) {
    let saved: ReadonlyMap<string, Uint8Array> | null = null;
    let done = 0;
    let saves = 0;
    const killed = run(job, {
      progress: (update) => (done = update.done),
      resume: {
        load: () => null,
        isOverdue: () => done === updates,
        save(files) {
          saved = files;
          // The first of the second epoch comes after the save between the two.
          if (++saves === (updates > 6 ? 2 : 1)) throw new Error('killed');
        },
      },
    });
    await expect(killed).rejects.toThrow('killed');
    const { steps, progress } = recorder();
    const resumed = await run(job, { progress, resume: { load: () => saved, save: () => undefined } });
    expect(resumed).toEqual(whole);
    expect(steps[0]!.done).toBeLessThanOrEqual(updates + 2);
    expect(steps[0]!.done).toBeGreaterThan(updates);
    expect(steps.at(-1)!.done).toBe(12);
  }
});

test('a saved state is restored without a fresh one before it', async () => {
  const job = tinyJob(model, data, { epochs: 2 });
  let saved: ReadonlyMap<string, Uint8Array> | null = null;
  await run(job, { resume: { load: () => null, save: (files) => (saved ??= files) } });
  const { engine, uploads } = watchEngine(await open());
  await fit(engine, job, { ...quietContext(makeRng(7)), resume: { load: () => saved, save: () => undefined } }, keeper);
  expect(uploads.filter(({ shape }) => shape.join() === String(model.size))).toHaveLength(3);
});

test('what a keeper is given of an epoch stays as it was', async () => {
  const given: { tensors: FitJob['tensors']; copy: Float32Array }[] = [];
  const watching: EpochKeeper<null> = {
    start: null,
    afterEpoch({ trained }) {
      given.push({ tensors: trained, copy: trained.get('classifier.dense.weight')!.data.slice() });
      return Promise.resolve(null);
    },
    encode: () => new Map(),
    decode: () => null,
  };
  const { trained } = await fit(await open(), tinyJob(model, data, { epochs: 3 }), quietContext(makeRng(7)), watching);
  for (const { tensors, copy } of given) expect(tensors.get('classifier.dense.weight')!.data).toEqual(copy);
  expect(new Set(given.map(({ copy }) => copy.join())).size).toBe(3);
  expect(trained).toEqual(given[2]!.tensors);
});

describe('programs and tensors are freed', () => {
  const broken = new Map(model.tensors).set('classifier.out_proj.bias', { shape: [1], data: Float32Array.of(Number.NaN) });
  const head = model.parameters.filter(({ key }) => key.startsWith('head.'));
  const headAlone = { trained: head, frozen: model.parameters.filter((parameter) => !head.includes(parameter)) };
  const fail = (): never => {
    throw new Error('stop');
  };
  const whole = tinyJob(model, data, { encoderDropout: false });
  test.each<[string, FitJob, Partial<StageContext>, number?]>([
    ['at the end', whole, {}],
    ['at the end, in parts', whole, {}, 0],
    ['at the end, the head alone', { ...whole, partition: headAlone }, {}],
    ['when the loss is no number', { ...whole, tensors: broken }, {}],
    ['when the loss of a part is no number', { ...whole, tensors: broken }, {}, 0],
    ['when a step is stopped', whole, { progress: fail }],
    ['when a save fails', whole, { resume: { load: () => null, save: fail } }],
    [
      'when what was saved cannot be read',
      whole,
      { resume: { load: () => new Map([['place', Buffer.from('{"epoch":1,"step":6}')]]), save: fail } },
    ],
    ['when encoding is stopped', { ...whole, partition: headAlone }, { progress: fail }],
  ])('%s', async (_when, job, changes, memoryBudget) => {
    const { engine, alive, log } = watchEngine(await open(), memoryBudget === undefined ? {} : { memoryBudget });
    await fit(engine, job, { ...quietContext(makeRng(7)), ...changes }, keeper).catch((error: unknown) => {
      expect(String(error)).toMatch(/stop|no number|became NaN|resume state/);
    });
    expect(alive()).toEqual([]);
    expect(log.length === 0).toBe('resume' in changes && changes.resume.load() !== null);
  });
});

test('where the head alone trains and the encoder drops nothing out, rows are encoded once, before', async () => {
  const head = model.parameters.filter(({ key }) => key.startsWith('head.'));
  const frozen = model.parameters.filter((parameter) => !head.includes(parameter));
  const compiled = async (options: Partial<FitJob['options']>, trained = head): Promise<Set<string>> => {
    const { engine, log } = watchEngine(await open());
    await fit(engine, { ...tinyJob(model, data, options), partition: { trained, frozen } }, quietContext(makeRng(7)), keeper);
    return new Set(log.map((entry) => entry.slice(1).replace(/\d+x[1-9]\d*$/, 'BxS')));
  };
  expect(await compiled({ encoderDropout: false })).toEqual(new Set(['encode BxS', 'step 4x0']));
  expect(await compiled({ encoderDropout: true, dropout: 0 })).toEqual(new Set(['encode BxS', 'step 4x0']));
  expect(await compiled({ encoderDropout: true })).toEqual(new Set(['step BxS']));
  expect(await compiled({ encoderDropout: false }, [...head, frozen.at(-1)!])).toEqual(new Set(['step BxS']));
  // The output layer alone, as P 4.5 says.
  const output = head.filter(({ key }) => key.startsWith('head.output.'));
  const dense = head.filter((parameter) => !output.includes(parameter));
  const { engine, log } = watchEngine(await open());
  const job = { ...tinyJob(model, data, { encoderDropout: false }), partition: { trained: output, frozen: [...frozen, ...dense] } };
  const { trained } = await fit(engine, job, quietContext(makeRng(7)), keeper);
  expect(log).toContain('+step 4x0');
  expect([...trained.keys()]).toEqual(output.flatMap(({ tensors }) => tensors));
});

test('progress counts every step, and an epoch’s loss is the mean over its rows', async () => {
  const { steps, progress } = recorder();
  const { kept } = await run(tinyJob(model, data, { epochs: 1, dropout: 0 }), { progress });
  expect(steps.map(({ done, total }) => `${done}/${total}`)).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  // 22 rows in batches of 4: one of them holds 2. Which one is the order's; the mean tells.
  const weighted = steps.map((_, small) => steps.reduce((sum, { loss }, i) => sum + loss * (i === small ? 2 : 4), 0) / 22);
  expect(weighted.some((mean) => Math.abs(mean - kept[0]!) < 1e-6)).toBe(true);
});

test('rows of weight 0 only fill the batch, and a negative weight climbs', async () => {
  const two = { inputs: data.inputs.slice(0, 2), labels: [1, 0] };
  const firstLoss = async (changes: Partial<FitJob['data']>, batchSize: number): Promise<number> => {
    const { steps, progress } = recorder();
    await run(tinyJob(model, { ...two, ...changes }, { epochs: 1, dropout: 0, batchSize, order: 'random' }), { progress });
    return steps[0]!.loss;
  };
  const alone = await firstLoss({}, 2);
  expect([await firstLoss({}, 7)]).toBeAllclose([alone]);
  const filled = { inputs: [...two.inputs, ...data.inputs.slice(2, 5)], labels: [1, 0, 1, 1, 1], weights: [1, 1, 0, 0, 0] };
  expect([await firstLoss(filled, 5)]).toBeAllclose([alone]);
  expect([await firstLoss({ weights: [-1, -1] }, 2)]).toBeAllclose([-alone]);
});

test('what is frozen stays as it was, and what is trained changes', async () => {
  const head = model.parameters.filter(({ key }) => key.startsWith('head.'));
  const frozen = model.parameters.filter(({ key }) => !key.startsWith('head.'));
  const { trained } = await run({ ...tinyJob(model, data, { encoderDropout: false }), partition: { trained: head, frozen } });
  expect([...trained.keys()].toSorted()).toEqual(head.flatMap(({ tensors }) => tensors).toSorted());
  for (const [name, { data: values }] of trained) expect(values).not.toEqual(model.tensors.get(name)!.data);
});

test('a loss that is no number is a UserError that says where and what to do', async () => {
  const broken = new Map(model.tensors);
  const bias = broken.get('classifier.out_proj.bias')!;
  broken.set('classifier.out_proj.bias', { ...bias, data: Float32Array.of(Number.NaN) });
  const failed = run({ ...tinyJob(model, data), tensors: broken });
  await expect(failed).rejects.toThrow(UserError);
  await expect(failed).rejects.toThrow(/loss became NaN in epoch 1, step 1 .*\n.*learning rate than 0.01/);
});

test('an abort stops between steps with the signal’s reason', async () => {
  const controller = new AbortController();
  const { steps, progress } = recorder();
  const counted: Progress = (update) => {
    progress(update);
    if (update.done === 2) controller.abort(new Error('Ctrl-C'));
  };
  await expect(run(tinyJob(model, data), { progress: counted, signal: controller.signal })).rejects.toThrow('Ctrl-C');
  expect(steps).toHaveLength(2);
});

describeOnDevices('the loop', (openDevice) => {
  test('gives one CPU thread’s losses and head, trained whole or head alone', async () => {
    const head = model.parameters.filter(({ key }) => key.startsWith('head.'));
    const frozen = model.parameters.filter(({ key }) => !key.startsWith('head.'));
    const jobs = [tinyJob(model, data), { ...tinyJob(model, data, { encoderDropout: false }), partition: { trained: head, frozen } }];
    for (const job of jobs) {
      const expected = await run(job);
      const found = await fit(await openDevice(), job, quietContext(makeRng(7)), keeper);
      expect(found.kept).toBeAllclose(expected.kept, { relative: 1e-4 });
      // Not every tensor: a key's bias has no gradient but rounding, which Adam makes as large as any other.
      for (const name of ['classifier.dense.weight', 'classifier.out_proj.weight']) {
        expect(found.trained.get(name)!).toBeAllclose(expected.trained.get(name)!, { relative: 1e-3, absolute: 1e-4 });
      }
    }
  });
});
