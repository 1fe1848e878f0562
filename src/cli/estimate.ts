/** Times before a run: what is left of a plan, and in which words an estimate is given. */
import type { Dataset } from '../core/contracts.ts';
import { estimatePlan, makeRates, openCache, openEngine, type Rates, type StageEstimate, stages } from '../run/index.ts';
import { aligned } from './aligned.ts';
import type { PlanOptions } from './options.ts';
import type { Prepared } from './prepare.ts';
import { duration } from './progress.ts';

/** By kind of stage, and the sum. */
export async function estimateText({ plan, cacheDir, isDone }: Prepared, options: Pick<PlanOptions, 'device' | 'engine'>): Promise<string> {
  const engine = await openEngine(options);
  try {
    const rates = makeRates(engine);
    const cache = openCache(cacheDir);
    const found = await estimatePlan(plan, isDone, {
      rate: rates.rate,
      dataset: async (node) => (cache.has(node) ? ((await cache.read(node, stages.dataset)) as Dataset) : null), // As its stage makes it.
    });
    if (found.length === 0) return '';
    return ['', ...tableOf(found), '', ...howMade(rates, engine.device), ''].join('\n');
  } finally {
    await engine.close();
  }
}

function tableOf(found: readonly StageEstimate[]): string[] {
  const sum = found.reduce((before, { seconds }) => before + (seconds ?? 0), 0);
  const rows = found.map(({ stage, count, seconds }) => [stage, String(count), seconds === null ? 'not estimated' : about(seconds)]);
  return aligned([['stage', 'left', 'estimated time'], ...rows, ['all estimated', '', about(sum)]]);
}

/** An estimate has no more digits than it deserves. */
export function about(seconds: number): string {
  if (seconds >= 2 * DAY) return `about ${(seconds / DAY).toPrecision(2)} days`;
  return `about ${duration(seconds)}`;
}

const DAY = 24 * 3600;

/** What stands below estimated times. */
export function howMade(rates: Rates, device: string): string[] {
  const measured = [...rates.measured()].map(([name, flops]) => `  ${name}: ${(flops / 1e9).toPrecision(3)} GFLOP/s`);
  return [
    'Estimates: floating-point operations of the passes through a model (training three times a forward pass), divided by what',
    `training steps of a small model reached on ${device} just now; rows as in the cached corpus, else as long as they can be.`,
    'Expect training to be off by a factor of up to two, inversion by more; this machine is taken to stay as busy as it is now.',
    'Work of the host (parsing, poisoning, metrics, files) is not in them.',
    ...measured,
  ];
}
