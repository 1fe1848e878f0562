/** From what the user typed to a plan: the experiment found and checked, the machine asked what the keys need to know. */
import { join } from 'node:path';
import { catalogues } from '../config/catalogues.ts';
import { loadExperiment } from '../config/load.ts';
import type { Experiment } from '../config/schema.ts';
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
  readonly models: Experiment['models'];
  /** What the experiment names of a hub and this machine lacks. */
  readonly missing: readonly string[];
}

export async function prepare(given: string, options: PlanOptions): Promise<Prepared> {
  const experiment = await loadExperiment(given, experimentsDir, catalogues);
  const facts = await gatherFacts(experiment, options);
  const whole = only(plan(experiment, catalogues, facts), options.only);
  const cacheDir = join(options.results, 'cache');
  const cache = openCache(cacheDir);
  const missing = Object.entries(facts.folders).flatMap(([spec, files]) => (spec.startsWith('hub:') && 'missing' in files ? [spec] : []));
  return { plan: whole, cacheDir, isDone: (key) => cache.has(whole.nodes.get(key)!), models: experiment.models, missing };
}

/** Fetches the models of a hub that the chosen runs name and this machine lacks: a grid names more than anybody wants at once. */
export async function fetchMissing({ plan: chosen, models, missing }: Prepared, log: Log, signal: AbortSignal): Promise<boolean> {
  const used = new Set(chosen.runs.map(({ weights }) => weights));
  const wanted = models.filter(({ weights }) => typeof weights === 'string' && used.has(weights));
  const specs = missing.filter((spec) => wanted.some((model) => Object.values(model).includes(spec)));
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  let told = '';
  await fetchModels(specs, {
    signal,
    progress(spec, { file, done, total }) {
      // A line a file, and one more for each quarter of a large one.
      const line = `${spec}: ${file} ${total < 1e7 ? '' : `${Math.floor((4 * done) / total) * 25} % of `}${megabytes(total)}`;
      if (line !== told) log.info(line);
      told = line;
    },
    waiting: (spec) => log.info(`${spec}: another process is fetching it`),
  });
  return specs.length > 0;
}
