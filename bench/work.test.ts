/** Every kind of work runs, and is timed as often as asked, on a model that takes no time. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from '../src/engine/index.ts';
import { openBench } from './bench-model.ts';
import { setting, type WorkName, works } from './cases.ts';
import type { Job } from './job.ts';
import { Laps } from './laps.ts';
import { foldRows, madeUpRows } from './row-file.ts';
import { workload } from './work.ts';

const spec = { name: 'none', layers: 1, width: 8, heads: 1, feedForward: 16, vocabulary: 200, batch: 2, tokens: 16 };
const rows = foldRows(madeUpRows(), spec.vocabulary);
// Short: rows of 400 sub-tokens cost time at any width.
const short = (row: readonly number[]): number[] => [...row.slice(0, 20), 2];
const job: Job = {
  spec,
  works: [],
  setting: { ...setting, candidates: 64 },
  rows: {
    ...rows,
    evaluation: rows.evaluation.slice(0, 8).map(short),
    hosts: rows.hosts.slice(0, 3).map(({ ids }) => ({ ids: short(ids), position: 4, others: [] })),
  },
  budget: { warmup: 1, minimum: 2, seconds: 0, patience: 60 },
  device: 'cpu',
  threads: 1,
  tf32: false,
};

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
});
afterAll(() => engine.close());

test.each(Object.keys(works) as WorkName[])('%s', async (work) => {
  const bench = openBench(engine, job);
  const laps = new Laps(job.budget);
  await workload[work](bench, laps);
  expect(laps.timed).toHaveLength(2);
  expect(Math.min(...laps.timed)).toBeGreaterThan(0);
  expect(bench.compileSeconds()).toBeGreaterThan(0);
});
