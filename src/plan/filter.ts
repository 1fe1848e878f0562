/** `--only key=value,…`: the runs of a plan that a command is about. */
import { lookUp, unknownName, UserError } from '../core/errors.ts';
import type { Plan, PlannedRun } from './contracts.ts';

const columns: Readonly<Record<string, (run: PlannedRun) => string>> = {
  task: ({ task }) => task,
  corpus: ({ corpus }) => corpus,
  model: ({ model }) => model,
  weights: ({ weights }) => weights,
  attack: ({ attack }) => attack,
  defense: ({ defense }) => defense,
  seed: ({ seed }) => String(seed),
};

/** Values of one key are alternatives, different keys must all hold. A value that no run has is an error: it would silently do nothing. */
export function only(plan: Plan, terms: readonly string[]): Plan {
  const wanted = new Map<string, Set<string>>();
  for (const term of terms) {
    const [key = '', value, ...more] = term.split('=');
    if (value === undefined || more.length > 0) throw new UserError('--only', `found “${term}”`, 'key=value[,key=value …]');
    const known = [...new Set(plan.runs.map(lookUp(columns, key, '--only')))];
    if (!known.includes(value)) throw new UserError(`--only ${key}`, unknownName(value, known), known.join(', '));
    wanted.set(key, (wanted.get(key) ?? new Set()).add(value));
  }
  const isWanted = (run: PlannedRun): boolean => [...wanted].every(([key, values]) => values.has(columns[key]!(run)));
  return { ...plan, runs: plan.runs.filter(isWanted) };
}
