/** What experiments leave to a task stands in the stages' parameters as the value that is used. */
import { expect, test } from 'vitest';
import { catalogues } from '../config/catalogues.ts';
import { parseExperiment } from '../config/schema.ts';
import { plan } from './plan.ts';
import { stages } from '../run/index.ts';
import type { Facts, StageName } from './contracts.ts';

const versions = Object.fromEntries(Object.keys(stages).map((stage) => [stage, 1])) as Record<StageName, number>;

test.each(['fine-tuning', 'elibadcode'] as const)('%s tunes at the rate of its task, unless a rate is stated', (name) => {
  const experiment = parseExperiment(
    {
      name: 'settled',
      title: 'Rates left to the task',
      corpora: [{ name: 'synthetic-defect' }, { name: 'synthetic-search' }],
      models: [{ name: 'roberta' }],
      attacks: [{ name: 'none' }],
      defenses: [{ name }, { name, unlearning: { learningRate: 1e-3 } }],
      seeds: [1],
    },
    catalogues,
    'settled.ts',
  );
  const facts: Facts = { versions, engine: 'fake/cpu', corpora: [{ files: {} }, { files: {} }], folders: {}, places: {} };
  const repairs = [...plan(experiment, catalogues, facts).nodes.values()].filter(({ stage }) => stage === 'repair');
  const rates = repairs.map(({ params }) => {
    const { task, unlearning } = params as { readonly task: string; readonly unlearning: { readonly learningRate: number } };
    return [task, unlearning.learningRate];
  });
  expect(rates).toEqual([
    ['defect', 5e-3],
    ['defect', 1e-3],
    ['search', 2e-5],
    ['search', 1e-3],
  ]);
});
