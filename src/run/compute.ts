/** Computes one stage from its inputs and publishes it, going on from what an interrupted attempt saved. */
import { now, stopwatch } from '../core/clock.ts';
import { makeRng } from '../core/rng.ts';
import type { Engine } from '../engine/index.ts';
import type { StageNode } from '../plan/contracts.ts';
import type { Cache } from './cache.ts';
import type { ExecuteOptions } from './contracts.ts';
import { openSlot } from './resume.ts';

export async function computeStage(
  node: StageNode,
  inputs: Readonly<Record<string, unknown>>,
  cache: Cache,
  { stages, openEngine, origin, observer, signal }: ExecuteOptions,
): Promise<unknown> {
  const stage = stages[node.stage];
  cache.sweep(node);
  const elapsed = stopwatch();
  const startedAt = now();
  const resume = openSlot(cache.partialPath(node), elapsed);
  if (resume.secondsBefore > 0) observer.resumed(node, resume.secondsBefore);
  const context = {
    rng: makeRng(node.seed ?? 0).fork(node.stage),
    signal,
    progress: (update: Parameters<typeof observer.progressed>[1]): void => observer.progressed(node, update),
    resume,
  };
  const value = await stage.compute({ params: node.params, inputs, context, engine: openEngine });
  const provenance = {
    ...origin,
    device: stage.usesEngine ? whereOf(await openEngine()) : 'host',
    startedAt,
    seconds: resume.secondsBefore + elapsed(),
    // Of the process so far; Node.js gives it in KiB.
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  await cache.publish({ ...node, provenance }, value, stage);
  observer.finished(node, provenance.seconds);
  return value;
}

/** The class of device, and which adapter it was where there is a choice. */
const whereOf = ({ device, adapter }: Pick<Engine, 'device' | 'adapter'>): string =>
  adapter === null ? device : `${device} on ${adapter}`;
