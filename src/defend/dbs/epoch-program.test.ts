/** An epoch's program: against the engine that computes operation by operation, in parts, and Adam by hand. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { openEagerEngine } from '../../engine/eager-engine.ts';
import { openEngine, type Engine, type ProgramSource } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { PAD, tinyModel, tinyRows } from '../../testing/tiny-model.ts';
import { uploadParameters } from '../../train/index.ts';
import { clone } from '../../train/tasks/clone.ts';
import { defect } from '../../train/tasks/defect.ts';
import type { Task } from '../../train/task.ts';
import type { Host } from '../elibadcode/stamp.ts';
import { compileEpoch, type EpochEngine, type EpochInputs, type EpochModel } from './epoch-program.ts';
import { disposeLogits, uploadLogits } from './search.ts';
import { adamFactors, adamUpdate } from './soft-trigger.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());

const maxTokens = 48;
const vocabulary = Array.from({ length: 30 }, (_, index) => 5 + index);
const triggerTokens = 3;
const rng = makeRng('noise');
const noise = Float32Array.from({ length: triggerTokens * vocabulary.length }, () => 10 * rng.uniform());

interface Epochs {
  readonly parts: number;
  readonly losses: number[];
  readonly peaks: number[];
  readonly tokens: number[];
  readonly z: Float32Array;
}

/** Four epochs from zeros, the third with noise and half the temperature. */
async function epochsOn(on: EpochEngine & Pick<Engine, 'download'>, task: Task = defect): Promise<Epochs> {
  const tiny = tinyModel({ maxTokens, task });
  const model: EpochModel = { ...tiny, config: { maxTokens }, tokenizer: { special: { pad: PAD, sep: 2 } } };
  const rows = tinyRows(7, { longest: 46, seed: 4 }).rows;
  const hosts = rows.map((ids, row): Host => ({
    ids,
    position: 1 + (row % 3),
    others: task === clone ? [rows.at(row - 3)!] : [],
  }));
  const parameters = await uploadParameters(on, tiny.parameters, tiny.tensors);
  const program = await compileEpoch(on, model, parameters, { hosts, target: 1, vocabulary, triggerTokens });
  let logits = await uploadLogits(on, [triggerTokens, vocabulary.length], null);
  const [losses, peaks, tokens]: [number[], number[], number[]] = [[], [], []];
  for (let epoch = 0; epoch < 4; epoch++) {
    const inputs: EpochInputs = { temperature: epoch < 2 ? 2 : 1, noise: epoch === 2 ? noise : null, ...adamFactors(0.5, epoch + 1) };
    const found = await program.run(logits, inputs);
    disposeLogits(logits);
    logits = found.logits;
    losses.push(...found.losses);
    peaks.push(...found.peaks);
    tokens.push(...found.tokens);
  }
  const z = await on.download(logits.z);
  disposeLogits(logits);
  await program.release();
  return { parts: program.parts, losses, peaks, tokens, z };
}

const expectClose = (actual: Epochs, expected: Epochs): void => {
  expect(actual.losses).toBeAllclose(expected.losses, { relative: 1e-4 });
  expect(actual.peaks).toBeAllclose(expected.peaks, { relative: 1e-3 });
  expect(actual.z).toBeAllclose(expected.z, { relative: 1e-3, absolute: 1e-3 });
};

describe.each([defect, clone])('$name', (task) => {
  it('gives what the operations give one by one', async () => {
    const [ours, eager] = [await epochsOn(engine, task), await epochsOn(openEagerEngine('cpu'), task)];
    expectClose(ours, eager);
    expect(ours.tokens).toEqual(eager.tokens);
    expect(ours.parts).toBe(1);
    // Noise decides the third epoch's tokens; in the others its place is taken by nothing.
    expect(ours.tokens.slice(6, 9)).not.toEqual(ours.tokens.slice(9));
    expect(Math.max(...ours.z.map(Math.abs))).toBeGreaterThan(1);
  });

  it('is the sum of its parts where memory is short', async () => {
    const limited = {
      memoryBudget: 1,
      compile: <In extends string, Kept extends string, Host extends string>(source: ProgramSource<In, Kept, Host>) =>
        engine.compile(source),
      upload: engine.upload.bind(engine),
      download: engine.download.bind(engine),
    };
    const [whole, parts] = [await epochsOn(engine, task), await epochsOn(limited, task)];
    expect(parts.parts).toBe(7);
    expectClose(parts, whole);
  });
});

it('begins with the mean of all embeddings, each token as likely', async () => {
  const { peaks, losses } = await epochsOn(engine);
  expect(peaks.slice(0, 3)).toBeAllclose([1 / 30, 1 / 30, 1 / 30]);
  expect(losses).toHaveLength(4 * 7);
});

it('Adam is PyTorch’s: epsilon joins the corrected root', () => {
  // By hand: m = 0.1·g, v = 0.001·g²; corrected g and |g|, so that the step is lr·g/(|g| + 1e-8).
  const gradient = tf.tensor1d([2, -3e-8, 0]);
  const zeros = tf.zeros([3]);
  const { rate, spread } = adamFactors(0.5, 1);
  const factors = { rate: tf.scalar(rate), spread: tf.scalar(spread) };
  const { z } = adamUpdate({ z: zeros, m: zeros, v: zeros }, gradient, factors);
  expect([...z.dataSync()]).toBeAllclose([-0.5, 0.375, 0], { relative: 1e-4 });
});
