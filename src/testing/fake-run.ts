/** Executes the made-up experiment with made-up stages: as a function, and as a process of its own that tests kill or run twice. */
import { join } from 'node:path';
import { parseExperiment } from '../config/schema.ts';
import type { Engine } from '../engine/index.ts';
import { type Plan, stageNames, type StageName } from '../plan/contracts.ts';
import { plan } from '../plan/plan.ts';
import type { Observer, Outcome } from '../run/contracts.ts';
import { execute } from '../run/execute.ts';
import { fakeCatalogues, fakeExperiment } from './catalogues.ts';
import { type FakeBehaviour, fakeStages } from './fake-stages.ts';

/** @param changes keys of the made-up experiment that are other ones here */
export function fakePlan(changes: object = {}): Plan {
  const versions = Object.fromEntries(stageNames.map((stage) => [stage, 1])) as Record<StageName, number>;
  const experiment = parseExperiment({ ...fakeExperiment, ...changes }, fakeCatalogues, 'toy-run.ts');
  return plan(experiment, fakeCatalogues, { versions, engine: 'fake/cpu', corpora: [{ files: {} }], folders: {}, places: {} });
}

export const silent: Observer = {
  started: () => undefined,
  resumed: () => undefined,
  progressed: () => undefined,
  finished: () => undefined,
  failed: () => undefined,
  waiting: () => undefined,
  recorded: () => undefined,
};

export async function fakeRun(
  folder: string,
  behaviour: Omit<FakeBehaviour, 'logPath'> = {},
  options: { readonly observer?: Observer; readonly signal?: AbortSignal; readonly changes?: object } = {},
): Promise<Outcome> {
  return execute(fakePlan(options.changes), {
    stages: fakeStages({ ...behaviour, logPath: join(folder, 'log') }),
    cacheDir: join(folder, 'cache'),
    recordsDir: join(folder, 'records'),
    openEngine: () => Promise.resolve({ device: 'fake', adapter: null } as Engine), // The made-up stages only name it.
    origin: { commit: null, dirty: null, versions: {} },
    observer: options.observer ?? silent,
    signal: options.signal ?? new AbortController().signal,
  });
}

const [, script, folder, behaviour] = process.argv;
if (script !== undefined && import.meta.filename === script && folder !== undefined) {
  await fakeRun(folder, JSON.parse(behaviour ?? '{}') as FakeBehaviour);
}
