/**
 * The cache of stages, `cache/<stage>/<key>/`: a stage is there whole or not at all. Beside it, while it is being computed:
 * `<key>.lock`, `<key>.partial/` (what an interrupted attempt left to go on from), `<key>.failed.json` (why the last attempt failed).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { now } from '../core/clock.ts';
import type { StageRecord } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { writeAtomically } from '../core/fs.ts';
import type { StageNode } from '../plan/contracts.ts';
import type { Finished, Stage, Summary } from './contracts.ts';

type Address = Pick<StageNode, 'stage' | 'key'>;

export interface Cache {
  readonly has: (node: Address) => boolean;
  /** The stage's record and summary; only of a stage that is there. */
  finished(node: Address): Finished;
  read(node: Address, stage: Stage): Promise<unknown>;
  /** Writes a draft folder and renames it: a crash leaves the whole stage or none of it. */
  publish(record: StageRecord, value: unknown, stage: Stage): Promise<void>;
  /** Why an attempt failed that ended at or after `since` (ISO 8601), or `null`. */
  failure(node: Address, since: string): string | null;
  setFailure(node: Address, reason: string): void;
  lockPath(node: Address): string;
  partialPath(node: Address): string;
  /** Removes what attempts that ended without cleaning up left; only under the stage's lock. */
  sweep(node: Address): void;
}

export function openCache(root: string): Cache {
  const folder = ({ stage, key }: Address): string => join(root, stage, key);
  const known = new Set<string>();
  const cache: Cache = {
    has(node) {
      if (known.has(node.key)) return true;
      if (!existsSync(join(folder(node), 'stage.json'))) return false;
      known.add(node.key);
      return true;
    },
    finished: (node) => ({
      record: readJson(join(folder(node), 'stage.json')) as StageRecord,
      summary: readJson(join(folder(node), 'summary.json')) as Summary,
    }),
    async read(node, stage) {
      try {
        return await stage.read(folder(node));
      } catch (error) {
        throw new UserError(folder(node), `a stored stage cannot be read: ${messageOf(error)}`, 'delete this folder and run again');
      }
    },
    async publish(record, value, stage) {
      const node = record as StageRecord & Address; // A record's stage is a StageName: the executor made it from a node.
      const draft = `${folder(node)}.${process.pid}.draft`;
      mkdirSync(draft, { recursive: true });
      try {
        await stage.write(draft, value);
        writeFileSync(join(draft, 'summary.json'), asText(stage.summarize(value)));
        writeFileSync(join(draft, 'stage.json'), asText(record), { flush: true });
        renameSync(draft, folder(node));
      } catch (error) {
        rmSync(draft, { recursive: true, force: true });
        if (!cache.has(node)) throw error; // Another process may have published the same stage meanwhile: equal by its key.
      }
      rmSync(`${folder(node)}.failed.json`, { force: true });
      rmSync(cache.partialPath(node), { recursive: true, force: true });
    },
    failure(node, since) {
      const path = `${folder(node)}.failed.json`;
      if (!existsSync(path)) return null;
      const { at, reason } = readJson(path) as { readonly at: string; readonly reason: string };
      return at >= since ? reason : null;
    },
    setFailure: (node, reason) => writeAtomically(`${folder(node)}.failed.json`, asText({ at: now(), reason })),
    lockPath: (node) => `${folder(node)}.lock`,
    partialPath: (node) => `${folder(node)}.partial`,
    sweep(node) {
      const parent = join(root, node.stage);
      for (const name of existsSync(parent) ? readdirSync(parent) : []) {
        // A stage's own drafts, `KEY.PID.draft`: a lock's draft beside them belongs to a process that is just asking for it.
        if (name.startsWith(`${node.key}.`) && /^\d+\.draft$/.test(name.slice(node.key.length + 1)))
          rmSync(join(parent, name), { recursive: true, force: true });
      }
    },
  };
  return cache;
}

/** Files written by this file alone, whole or not at all. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(path, `cannot be read: ${messageOf(error)}`, 'delete the folder of this stage and run again');
  }
}

function asText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
