/** Collects the stages of a plan under their keys. */
import { type Json, keyOf } from '../core/hash.ts';
import type { StageName, StageNode } from './contracts.ts';

export interface NodeSet {
  readonly nodes: ReadonlyMap<string, StageNode>;
  /** The key of a stage, added if it is new. */
  add(draft: NodeDraft): string;
  /** The keys of a stage and of everything below it, each after its inputs. */
  below(key: string): string[];
}

interface NodeDraft {
  readonly stage: StageName;
  readonly params: Json;
  readonly seed: number | null;
  readonly inputs: Readonly<Record<string, string>>;
  /** Identity of what `params` names by path, and of the device where it computes: in the key, not in the call. */
  readonly facts?: Json;
  /** The member's own version, where it has one. */
  readonly memberVersion?: number;
}

export function makeNodeSet(versions: Readonly<Record<StageName, number>>): NodeSet {
  const nodes = new Map<string, StageNode>();
  const visit = (key: string, into: Set<string>): void => {
    if (into.has(key)) return;
    for (const input of Object.values(nodes.get(key)!.inputs)) visit(input, into);
    into.add(key);
  };
  return {
    nodes,
    add({ stage, params, seed, inputs, facts = null, memberVersion = 0 }) {
      // Two counters in one number: neither the stage's nor the member's change goes unnoticed, and records hold one version.
      const version = versions[stage] * 1000 + memberVersion;
      const key = keyOf({ stage, version, params: withoutPaths(params), seed, inputs, facts });
      if (!nodes.has(key)) nodes.set(key, { key, stage, version, params, seed, inputs });
      return key;
    },
    below(key) {
      const seen = new Set<string>();
      visit(key, seen);
      return [...seen];
    },
  };
}

/** `file:DIR` → `file:`: where the weights lie is no part of a key; what they are is one of the facts. */
function withoutPaths(params: Json): Json {
  if (typeof params === 'string') return params.startsWith('file:') ? 'file:' : params;
  if (params === null || typeof params !== 'object') return params;
  if (Array.isArray(params)) return (params as readonly Json[]).map(withoutPaths);
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, withoutPaths(value)]));
}
