/** From what the user typed to a plan: the experiment found and checked, the machine asked what the keys need to know. */
import { join } from 'node:path';
import { catalogues } from '../config/catalogues.ts';
import { loadExperiment } from '../config/load.ts';
import type { Plan } from '../plan/contracts.ts';
import { only } from '../plan/filter.ts';
import { plan } from '../plan/plan.ts';
import { gatherFacts, openCache } from '../run/index.ts';
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
