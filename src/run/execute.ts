/**
 * Executes a plan: computes every stage the cache lacks, each after its inputs, and writes the record of every run that is complete.
 * Any number of processes may execute one plan at once: a stage is computed by whoever holds its lock, the others take another one.
 */
import { now, sleep } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { tryLock } from '../core/lock.ts';
import type { Plan, StageNode } from '../plan/contracts.ts';
import { writeRecord } from '../store/index.ts';
import { type Board, makeBoard } from './board.ts';
import { type Cache, openCache } from './cache.ts';
import { computeStage } from './compute.ts';
import type { ExecuteOptions, Outcome } from './contracts.ts';
import { recordOf } from './record.ts';

/** Between two looks at what other processes have finished. */
const POLL_SECONDS = 0.5;

/** Rejects with the signal's reason when aborted; what stages saved until then is where the next call goes on. */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<Outcome> {
  const cache = openCache(options.cacheDir);
  const board = makeBoard(plan, cache);
  const worker: Worker = { plan, options, cache, board, since: now(), values: new Map() };
  const outcome = { computed: 0, runs: 0, failed: 0 };
  for (;;) {
    options.signal.throwIfAborted();
    for (const [run, reason] of board.takeDecided()) {
      writeRecord(options.recordsDir, recordOf(run, plan, cache, reason));
      options.observer.recorded(run, reason);
      outcome.runs += 1;
      if (reason !== null) outcome.failed += 1;
    }
    const left = board.left();
    if (left.length === 0) return outcome;
    forgetAllBut(left, worker.values);
    const done = await takeOne(left, worker);
    if (done === 'computed') outcome.computed += 1;
    if (done === 'nothing free') {
      options.observer.waiting(left.length);
      await sleep(POLL_SECONDS, options.signal);
    }
  }
}

interface Worker {
  readonly plan: Plan;
  readonly options: ExecuteOptions;
  readonly cache: Cache;
  readonly board: Board;
  /** When this process began: failures of others since then are believed, earlier ones tried again. */
  readonly since: string;
  /** Values that stages still to compute read. */
  readonly values: Map<string, unknown>;
}

/** The first stage whose inputs are there and that no other process computes. */
async function takeOne(left: readonly StageNode[], worker: Worker): Promise<'computed' | 'settled' | 'nothing free'> {
  for (const node of left.filter(worker.board.isReady)) {
    const attempt = tryLock(worker.cache.lockPath(node));
    if (!('lock' in attempt)) continue;
    try {
      return (await computeUnderLock(node, left.length, worker)) ? 'computed' : 'settled';
    } finally {
      attempt.lock.release();
    }
  }
  return 'nothing free';
}

/** `false` when it turned out that another process had computed it or failed, or when it fails here. */
async function computeUnderLock(node: StageNode, left: number, worker: Worker): Promise<boolean> {
  const { cache, board, options, values } = worker;
  if (cache.has(node)) return false;
  const elsewhere = cache.failure(node, worker.since);
  if (elsewhere !== null) {
    board.fail(node, elsewhere);
    return false;
  }
  try {
    options.observer.started(node, left);
    values.set(node.key, await computeStage(node, await inputsOf(node, worker), cache, options));
    return true;
  } catch (error) {
    options.signal.throwIfAborted();
    if (isFullDisk(error)) {
      throw new UserError(options.cacheDir, 'the disk is full', 'free some space and run again: what is finished is kept');
    }
    const reason = error instanceof Error ? error.message : String(error);
    cache.setFailure(node, reason);
    board.fail(node, reason);
    options.observer.failed(node, error);
    return false;
  }
}

async function inputsOf(node: StageNode, { plan, cache, options, values }: Worker): Promise<Record<string, unknown>> {
  const inputs: Record<string, unknown> = {};
  for (const [role, key] of Object.entries(node.inputs)) {
    const input = plan.nodes.get(key)!;
    if (!values.has(key)) values.set(key, await cache.read(input, options.stages[input.stage]));
    inputs[role] = values.get(key);
  }
  return inputs;
}

/** A grid has more models than memory. */
function forgetAllBut(left: readonly StageNode[], values: Map<string, unknown>): void {
  const needed = new Set(left.flatMap((node) => Object.values(node.inputs)));
  for (const key of values.keys()) if (!needed.has(key)) values.delete(key);
}

function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
