/** Passes and times of a small plan, worked out by hand. */
import { expect, it } from 'vitest';
import { catalogues } from '../config/catalogues.ts';
import { parseExperiment } from '../config/schema.ts';
import type { Dataset, Sample } from '../core/contracts.ts';
import { stageNames, type StageName } from '../plan/contracts.ts';
import { plan } from '../plan/plan.ts';
import { makeProgram } from '../testing/program.ts';
import { openModel, sampleFlops } from '../train/index.ts';
import { estimatePlan, workOf } from './estimate.ts';

const tuning = { epochs: 2, batchSize: 8 };
const experiment = parseExperiment(
  {
    name: 'small',
    title: 'One victim',
    corpora: [{ name: 'synthetic-defect', train: 100, valid: 20, test: 40 }],
    models: [{ name: 'roberta', maxTokens: 96, training: { epochs: 3, batchSize: 10 } }],
    attacks: [{ name: 'none' }],
    defenses: [
      { name: 'fine-tuning', unlearning: { ...tuning, trainable: 'all' } },
      { name: 'fine-tuning', unlearning: { ...tuning, trainable: 'head', encoderDropout: false } },
      { name: 'elibadcode', inversion: { iterations: 5, samples: 4, repeat: 7 } },
    ],
    pool: { ratio: 0.2 },
    seeds: [1],
  },
  catalogues,
  'small.ts',
);
const versions = Object.fromEntries(stageNames.map((stage) => [stage, 1])) as Record<StageName, number>;
const small = plan(experiment, catalogues, { versions, engine: 'fake/cpu', corpora: [{ files: {} }], folders: {}, places: {} });
const passes = (stage: StageName): (number | null)[] =>
  [...small.nodes.values()].filter((node) => node.stage === stage).map((node) => workOf(node, small.nodes)?.passes ?? null);

it('counts the samples that a stage passes through its victim, training three times', () => {
  expect(passes('train')).toEqual([3 * (3 * 100 + 20)]);
  expect(new Set(passes('predict'))).toEqual(new Set([40]));
  // Both labels; candidates and a gradient.
  expect(passes('invert')).toEqual([2 * 5 * 4 * (7 + 3)]);
  // Everything twice; a head alone on vectors made once; the defence's default: the head, a dropping encoder, one epoch.
  expect(passes('repair')).toEqual([2 * 3 * 20, 20, 20]);
  expect([...passes('dataset'), ...passes('evaluate'), ...passes('pool')].filter((found) => found !== null)).toEqual([]);
});

const config = { name: 'roberta', size: 'tiny', weights: 'scratch', tokenizer: 'gpt2', maxTokens: 96, comparedWith: null } as const;
const { network, task } = openModel(config, 'defect');
const secondsOf = async (dataset: Dataset | null, isDone = (_: string): boolean => false): Promise<Map<string, number | null>> => {
  const found = await estimatePlan(small, isDone, { rate: () => Promise.resolve(1e9), dataset: () => Promise.resolve(dataset) });
  return new Map(found.map(({ stage, seconds }) => [stage, seconds]));
};

it('takes rows as long as they can be, or as the corpus has them, and tells what it does not estimate', async () => {
  const longest = await secondsOf(null);
  expect(longest.get('train')).toBeCloseTo((960 * sampleFlops(network, task, [96])) / 1e9, 9);
  expect(longest.get('dataset')).toBeNull();

  const sample = (words: number): Sample => ({ id: 'x', label: 0, programs: [makeProgram(Array<string>(words).fill('a'))] });
  // Ten rows of 12, ten of 40 sub-tokens, padded to 16 and 48 by tens.
  const train = [...Array.from({ length: 10 }, () => sample(10)), ...Array.from({ length: 10 }, () => sample(38))];
  const dataset: Dataset = { name: 'synthetic-defect', task: 'defect', language: 'c', splits: { train, valid: [], test: [] } };
  expect((await secondsOf(dataset)).get('train')).toBeCloseTo((960 * sampleFlops(network, task, [32])) / 1e9, 9);
});

it('leaves out what is done', async () => {
  const trained = [...small.nodes.values()].filter(({ stage }) => stage === 'train').map(({ key }) => key);
  const left = await secondsOf(null, (key) => trained.includes(key));
  expect(left.has('train')).toBe(false);
  expect(left.get('predict')).toBeGreaterThan(0);
});
