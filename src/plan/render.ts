/** A plan as text: every run with its state, and how many stages there are to compute, before any compute. */
import { type Plan, type PlannedRun, stageNames } from './contracts.ts';

/** @param isDone whether the stage of a key is in the cache */
export function render(plan: Plan, isDone: (key: string) => boolean): string {
  const reasons = [...new Set(plan.runs.flatMap(({ notRunBecause }) => notRunBecause ?? []))];
  const heading = ['task', 'corpus', 'model', 'attack', 'defense', 'seed', 'state'];
  const footnotes = reasons.map((reason, i) => `[${i + 1}] ${reason}`);
  const rows = rowsOf(plan.runs, (run) => stateOf(run, isDone, reasons));
  return [`${plan.experiment}: ${plan.title}`, '', ...aligned([heading, ...rows]), '', ...footnotes, ...summary(plan, isDone), ''].join(
    '\n',
  );
}

/** Keys of all stages the runs of a plan rest on, each after its inputs. */
export function stagesToRun(plan: Plan): string[] {
  return [...new Set(plan.runs.flatMap(({ stages }) => stages))];
}

export type RunState = 'done' | 'partly done' | 'to do' | 'not run';

export function runState({ stages, notRunBecause }: PlannedRun, isDone: (key: string) => boolean): RunState {
  if (notRunBecause !== null) return 'not run';
  const done = stages.filter(isDone).length;
  return done === stages.length ? 'done' : done > 0 ? 'partly done' : 'to do';
}

/** One row a cell and state: seeds that stand alike are listed together. */
function rowsOf(runs: readonly PlannedRun[], stateOfRun: (run: PlannedRun) => string): string[][] {
  const rows = new Map<string, { readonly cells: readonly string[]; readonly seeds: number[]; readonly state: string }>();
  for (const run of runs) {
    const { task, corpus, model, weights, comparedWith, attack, defense, setting, seed } = run;
    const kind = weights === 'scratch' ? comparedWith : weights;
    const victim = kind === null ? model : `${model} (${kind})`;
    const cells = [task, corpus, victim, attack, setting === '' ? defense : `${defense} (${setting})`];
    const state = stateOfRun(run);
    const identity = [...cells, state].join('\n');
    const row = rows.get(identity) ?? { cells, seeds: [], state };
    row.seeds.push(seed);
    rows.set(identity, row);
  }
  return [...rows.values()].map(({ cells, seeds, state }) => [...cells, seeds.join(','), state]);
}

function stateOf(run: PlannedRun, isDone: (key: string) => boolean, reasons: readonly string[]): string {
  const state = runState(run, isDone);
  if (state === 'not run') return `${state} [${reasons.indexOf(run.notRunBecause!) + 1}]`;
  if (state === 'done') return state;
  return `${state}: ${run.stages.filter((key) => !isDone(key)).length} of ${run.stages.length} stages left`;
}

function summary(plan: Plan, isDone: (key: string) => boolean): string[] {
  const states = plan.runs.map((run) => runState(run, isDone));
  const tally = (['done', 'partly done', 'to do', 'not run'] as const).map((state) => [state, states.filter((s) => s === state).length]);
  const stages = stagesToRun(plan);
  const left = stages.filter((key) => !isDone(key)).map((key) => plan.nodes.get(key)!.stage);
  const byStage = stageNames
    .map((stage) => [stage, left.filter((name) => name === stage).length] as const)
    .filter(([, count]) => count > 0);
  const list = byStage.map(([stage, count]) => `${stage} ${count}`).join(', ');
  return [
    `${plan.runs.length} runs: ${tally.map(([state, count]) => `${count} ${state}`).join(', ')}`,
    `${left.length} of ${stages.length} stages to compute${list === '' ? '' : `: ${list}`}`,
  ];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
