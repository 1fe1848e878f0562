/** Pretraining: it learns, goes on to the byte after a kill, computes in parts what it computes at once, and gives what Hugging Face names. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { quietContext, type StageContext } from '../core/stage.ts';
import { loadDataset } from '../dataset/dataset.ts';
import { openEngine, writeSafetensors, type Engine } from '../engine/index.ts';
import { writeByteTokenizer } from '../testing/checkpoint-folder.ts';
import { describeOnDevices } from '../testing/engines.ts';
import { watchEngine } from '../testing/watched-engine.ts';
import '../testing/matchers.ts';
import { pretrain } from './pretrain.ts';
import { pretrainingSchema, type PretrainingSettings } from './settings.ts';

/** Of a few hundred words: drawing the embeddings of all of GPT-2's takes longer than all the rest. */
const tokenizer = mkdtempSync(join(tmpdir(), 'elibadcode-test-'));
writeByteTokenizer(tokenizer);
afterAll(() => rmSync(tokenizer, { recursive: true, force: true }));

const settingsOf = (changes: object): PretrainingSettings =>
  pretrainingSchema.parse({
    tokenizer: `file:${tokenizer}`,
    ...{ name: 'a-standin-tiny', architecture: 'roberta', size: 'tiny', objective: 'masked-tokens', maxTokens: 32 },
    ...{ corpora: [{ name: 'synthetic-search' }], epochs: 3, batchSize: 8, learningRate: 2e-3, ...changes },
  }) as PretrainingSettings;

let datasets: readonly Dataset[];
let engine: Engine;
beforeAll(async () => {
  datasets = [await loadDataset({ name: 'synthetic-search', train: 60, valid: 20, test: 20 }, { rng: makeRng(1) })];
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});

const run = (settings: PretrainingSettings, changes: Partial<StageContext> & { readonly engine?: Engine } = {}) =>
  pretrain(settings, datasets, { ...quietContext(makeRng(7)), engine, ...changes }, null);

const bytesOf = ({ tensors }: Awaited<ReturnType<typeof run>>): Buffer =>
  Buffer.from(writeSafetensors(new Map([...tensors].map(([name, tensor]) => [name, { dtype: 'F32', ...tensor }]))));

const objectives = [
  { architecture: 'roberta', objective: 'masked-tokens' },
  { architecture: 't5', objective: 'span-corruption', relativeSteps: true },
  { architecture: 'gpt-bigcode', objective: 'next-token' },
  { architecture: 'roberta', objective: 'contrastive' },
] as const;

describe.each(objectives)('$objective', (which) => {
  const settings = settingsOf(which);
  let whole: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    whole = await run(settings);
  });

  test('the loss falls, on rows that are trained on and on those apart', async () => {
    const { curve, counts } = await run(settingsOf({ ...which, epochs: 16, learningRate: 5e-3 }));
    expect(curve.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 16 }, (_, epoch) => epoch));
    expect(curve.at(-1)!.trainLoss).toBeLessThan(0.8 * curve[0]!.trainLoss);
    expect(curve.at(-1)!.validLoss).toBeLessThan(curve[0]!.validLoss);
    expect(counts.trained + counts.validated + counts.heldOut).toBe(counts.functions);
  });

  test('a run that is killed after an epoch and started again ends with the bytes of one that was not', async () => {
    let saved: ReadonlyMap<string, Uint8Array> | null = null;
    const save = (files: ReadonlyMap<string, Uint8Array>): never => {
      saved = files;
      throw new Error('killed');
    };
    await expect(run(settings, { resume: { load: () => null, save } })).rejects.toThrow('killed');
    const resumed = await run(settings, { resume: { load: () => saved, save: () => undefined } });
    expect(resumed.curve).toEqual(whole.curve);
    expect(bytesOf(resumed).equals(bytesOf(whole))).toBe(true);
    expect(bytesOf(await run(settings, { rng: makeRng(8) })).equals(bytesOf(whole))).toBe(false);
  });

  test('parts of a batch give the numbers of the whole one, unless its rows are compared with each other', async () => {
    const { engine: small, log } = watchEngine(await openEngine({ device: 'cpu', engine: 'traced', threads: 1 }), { memoryBudget: 0 });
    if (which.objective === 'contrastive') return expect(run(settings, { engine: small })).rejects.toThrow('cannot be computed in parts');
    const inParts = await run(settings, { engine: small });
    expect(log.some((entry) => entry.startsWith('+gradient 1x'))).toBe(true);
    const losses = ({ curve }: Awaited<ReturnType<typeof run>>) => curve.flatMap(({ trainLoss, validLoss }) => [trainLoss, validLoss]);
    expect(losses(inParts)).toBeAllclose(losses(whole), { relative: 1e-3 });
  });
});

describeOnDevices(
  'an epoch',
  (open) => {
    test.each(objectives)('of $objective has one CPU thread’s losses', async (which) => {
      const settings = settingsOf({ ...which, epochs: 1, batchSize: 30 });
      const [{ curve: expected }, { curve }] = [await run(settings), await run(settings, { engine: await open() })];
      const losses = ({ trainLoss, validLoss }: (typeof curve)[number]) => [trainLoss, validLoss];
      expect(losses(curve[0]!)).toBeAllclose(losses(expected[0]!), { relative: 1e-4 });
    });
  },
  ['webgpu'],
);

test('an objective of another architecture is refused', async () => {
  await expect(run({ ...settingsOf({}), architecture: 't5' })).rejects.toThrow('architecture: roberta');
});

test('a name that could be a published model’s is refused', () => {
  expect(() => settingsOf({ name: 'codebert' })).toThrow('-standin');
});
