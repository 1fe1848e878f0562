/** From what the user typed to a plan: the experiment found and checked, the machine asked what the keys need to know. */
import { join } from 'node:path';
import { catalogues } from '../config/catalogues.ts';
import { loadExperiment } from '../config/load.ts';
import type { Plan } from '../plan/contracts.ts';
import { only } from '../plan/filter.ts';
import { plan } from '../plan/plan.ts';
import type { Log } from '../core/log.ts';
import { fetchModels, gatherFacts, openCache } from '../run/index.ts';
import { experimentsDir, type PlanOptions } from './options.ts';

export interface Prepared {
  readonly plan: Plan;
  readonly cacheDir: string;
  readonly isDone: (key: string) => boolean;
}

export async function prepare(given: string, options: PlanOptions): Promise<Prepared> {
  const experiment = await loadExperiment(given, experimentsDir, catalogues);
  const facts = await gatherFacts(experiment, options);
  const whole = only(plan(experiment, catalogues, facts), options.only);
  const cacheDir = join(options.results, 'cache');
  const cache = openCache(cacheDir);
  return { plan: whole, cacheDir, isDone: (key) => cache.has(whole.nodes.get(key)!) };
}

/** Fetches the models of a hub that the experiment names and this machine lacks, so that planning finds them. */
export async function fetchNamed(given: string, options: PlanOptions, log: Log, signal: AbortSignal): Promise<void> {
  const experiment = await loadExperiment(given, experimentsDir, catalogues);
  // Of the runs chosen alone: a grid names more models than anybody wants at once.
  const used = new Set((await prepare(given, options)).plan.runs.map(({ weights }) => weights));
  const models = experiment.models.filter(({ weights }) => typeof weights === 'string' && used.has(weights));
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  let told = '';
  await fetchModels(
    { models },
    {
      signal,
      progress(spec, { file, done, total }) {
        // A line a file, and one more for each quarter of a large one.
        const line = `${spec}: ${file} ${total < 1e7 ? '' : `${Math.floor((4 * done) / total) * 25} % of `}${megabytes(total)}`;
        if (line !== told) log.info(line);
        told = line;
      },
      waiting: (spec) => log.info(`${spec}: another process is fetching it`),
    },
  );
}
