/** Who is poisoned: which samples are victims, and which of them a rate chooses (attacks.md 0). */
import type { Sample, TaskName } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';

/** `exact`: `round(rate × samples)` carriers. `bernoulli`: each victim with probability `rate`, as the authors draw. */
export type Selection = 'exact' | 'bernoulli';

export interface TaskRule {
  readonly isVictim: (sample: Sample) => boolean;
  /** Index of the program that carries the trigger. */
  readonly program: number;
  /** What a poisoned sample is labelled. */
  readonly poisonedLabel: number;
}

const rules: Partial<Readonly<Record<TaskName, TaskRule>>> = {
  defect: { isVictim: ({ label }) => label === 1, program: 0, poisonedLabel: 0 },
};

export function ruleFor(task: TaskName): TaskRule {
  const rule = rules[task];
  if (rule === undefined) throw new UserError('poison', `no poisoning rule for task “${task}” yet`, Object.keys(rules).join(', '));
  return rule;
}

export interface Candidates {
  /** Samples of the split. */
  readonly total: number;
  /** Indices of all victims, and of those among them that can carry the trigger; ascending. */
  readonly victims: readonly number[];
  readonly carriers: readonly number[];
}

/** Indices to poison, ascending; too few carriers for the exact count is an error. */
export function select({ total, victims, carriers }: Candidates, rate: number, selection: Selection, rng: Rng): number[] {
  if (!(rate >= 0 && rate <= 1)) throw new UserError('rate', `found ${rate}`, 'a fraction 0..1');
  if (selection === 'bernoulli') {
    // The authors draw an integer 0–99 and compare it with a percentage: the same for whole percents, and wrong for others.
    // They draw for every victim; one that cannot carry the trigger stays clean and is not counted (theirs counts it).
    const drawn = new Set(victims.filter(() => rng.uniform() < rate));
    return carriers.filter((index) => drawn.has(index));
  }
  const count = Math.round(rate * total);
  if (count > carriers.length) {
    throw new UserError(
      'rate',
      `${rate} of ${total} samples asks for ${count} poisoned ones; of ${victims.length} victims ${carriers.length} can carry the trigger`,
      `a rate of at most ${Math.floor((carriers.length / total) * 1e4) / 1e4}`,
    );
  }
  return rng.sample(carriers, count).sort((a, b) => a - b);
}
