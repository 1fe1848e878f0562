/** Where a plan stands while it is executed: what is there, what failed, what is left, which runs are decided. */
import type { Plan, PlannedRun, StageNode } from '../plan/contracts.ts';
import { stagesToRun } from '../plan/render.ts';
import type { Cache } from './cache.ts';

export interface Board {
  /** Stages that are neither there nor hopeless, each after its inputs. */
  left(): StageNode[];
  readonly isReady: (node: StageNode) => boolean;
  fail(node: StageNode, reason: string): void;
  /** Runs that were decided since the last call: complete (`null`), or impossible and why. */
  takeDecided(): [PlannedRun, string | null][];
}

export function makeBoard(plan: Plan, cache: Cache): Board {
  const order = stagesToRun(plan).map((key) => plan.nodes.get(key)!);
  const failures = new Map<string, string>();
  const undecided = new Set(plan.runs.filter(({ notRunBecause }) => notRunBecause === null));

  const inputsOf = (node: StageNode): StageNode[] => Object.values(node.inputs).map((key) => plan.nodes.get(key)!);
  /** Why a stage will not be there: it failed, or something below it. */
  const reasonAgainst = (node: StageNode): string | null => {
    if (cache.has(node)) return null;
    return failures.get(node.key) ?? firstReason(inputsOf(node));
  };
  const firstReason = (nodes: readonly StageNode[]): string | null => {
    for (const node of nodes) {
      const reason = reasonAgainst(node);
      if (reason !== null) return reason;
    }
    return null;
  };

  return {
    left: () => order.filter((node) => !cache.has(node) && reasonAgainst(node) === null),
    isReady: (node) => inputsOf(node).every(cache.has),
    fail: (node, reason) => failures.set(node.key, reason),
    takeDecided() {
      const decided: [PlannedRun, string | null][] = [];
      for (const run of undecided) {
        const lacking = run.stages.map((key) => plan.nodes.get(key)!).filter((node) => !cache.has(node));
        const reason = firstReason(lacking);
        if (lacking.length > 0 && reason === null) continue;
        undecided.delete(run);
        decided.push([run, reason]);
      }
      return decided;
    },
  };
}
