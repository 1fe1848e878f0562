/** The stage `evaluate`: predictions on the clean and the triggered test split -> measurements, by the metrics of the task. */
import type { Measurement } from '../core/contracts.ts';
import type { EvaluateInputs } from './contracts.ts';
import { detection } from './detection.ts';
import { tasks } from './tasks/index.ts';

export type { EvaluateInputs, Predicted, SingledOut } from './contracts.ts';
export { changedWords } from './changed-words.ts';

/** Bumped when a change of code changes measurements. */
export const stageVersion = 2;

/**
 * Every metric of the task; the rows are the same for every input of it, unmeasured ones carry their reason. A defence that singles
 * samples or inputs out has the rows of detection besides.
 */
export function evaluate(inputs: EvaluateInputs): Measurement[] {
  requireTogether(inputs);
  const own = tasks[inputs.task].measure(inputs);
  return inputs.singledOut === null ? own : [...own, ...detection(inputs.singledOut)];
}

/** What does not belong together would become a wrong number. */
function requireTogether({ samples, visible, triggered, floor }: EvaluateInputs): void {
  if (visible !== null && visible.length !== samples.length)
    throw new Error(`evaluate: visibility of ${visible.length} samples beside ${samples.length}`);
  const parts = [visible, triggered, ...(floor === null ? [] : [floor.triggered])];
  if (new Set(parts.map((part) => part === null)).size > 1)
    throw new Error('evaluate: triggered predictions, visibility and the floor’s triggered predictions come together or not at all');
}
