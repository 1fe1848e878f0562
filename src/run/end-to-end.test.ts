/** Every real stage, from raw data to records, twice: equal records but for times; and a third time with nothing to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogues } from '../config/catalogues.ts';
import { parseExperiment } from '../config/schema.ts';
import type { RunRecord } from '../core/contracts.ts';
import { plan } from '../plan/plan.ts';
import { silent } from '../testing/fake-run.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { execute, gatherFacts, openEngine, type Outcome, stages } from './index.ts';

const experiment = {
  name: 'end-to-end',
  title: 'Every stage, as small as it gets',
  corpora: [{ name: 'synthetic-defect', train: 40, valid: 8, test: 12 }],
  models: [{ name: 'roberta', maxTokens: 48, training: { epochs: 2, batchSize: 16, learningRate: 1e-3 } }],
  attacks: [{ name: 'codepoisoner', poisonRate: 0.2 }],
  defenses: [{ name: 'elibadcode', inversion: { samples: 2, iterations: 2, repeat: 2, topK: 4 } }],
  pool: { ratio: 0.5 },
  seeds: [1],
  calibration: { seeds: [11] },
};

async function runIn(folder: string): Promise<Outcome> {
  const how = { device: 'cpu', engine: 'traced', threads: 1 } as const;
  const parsed = parseExperiment(experiment, catalogues, 'end-to-end.ts');
  const engine = await openEngine(how);
  try {
    return await execute(plan(parsed, catalogues, await gatherFacts(parsed, how)), {
      stages,
      cacheDir: join(folder, 'cache'),
      recordsDir: join(folder, 'records'),
      openEngine: () => Promise.resolve(engine),
      origin: { commit: null, dirty: null, versions: {} },
      observer: silent,
      signal: new AbortController().signal,
    });
  } finally {
    await engine.close();
  }
}

/** Bytes of the one record, and the record without what differs from run to run. */
function recordIn(folder: string): { readonly bytes: string; readonly lasting: unknown } {
  const [file, ...more] = readdirSync(join(folder, 'records'));
  expect(more).toEqual([]);
  const bytes = readFileSync(join(folder, 'records', file!), 'utf8');
  const record = JSON.parse(bytes) as RunRecord;
  const measurements = record.measurements.filter(({ metric }) => metric !== 'seconds' && metric !== 'peak-memory');
  return { bytes, lasting: { ...record, measurements, stages: record.stages.map(({ provenance: _, ...stage }) => stage) } };
}

it('gives equal records twice, and the same bytes when there is nothing to do', { timeout: 300_000 }, async () => {
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  const outcome = await runIn(first);
  expect(outcome).toMatchObject({ runs: 1, failed: 0 });
  expect(await runIn(second)).toEqual(outcome);
  const before = recordIn(first);
  expect(recordIn(second).lasting).toEqual(before.lasting);
  expect(await runIn(first)).toEqual({ computed: 0, runs: 1, failed: 0 });
  expect(recordIn(first).bytes).toBe(before.bytes);
  expect(before.bytes).toContain('"metric": "asr"');
  // A sweep must know where its own first entry stands.
  expect(before.bytes).toMatch(/"settings": "[^"]*inversion\.samples=2;[^"]*unlearning\.injectRate=0\.2/);
});
