/** A task's part of the stage: its metrics, and how predictions become the evidence they read. */
import type { EvaluatedTask, EvaluateInputs, Metric } from './contracts.ts';

export function defineTask<Evidence>(
  metrics: readonly Metric<Evidence>[],
  evidenceOf: (inputs: EvaluateInputs) => Evidence,
): EvaluatedTask {
  return {
    metrics: metrics.map(({ name }) => name),
    measure(inputs) {
      const evidence = evidenceOf(inputs);
      return metrics.flatMap((metric) => metric.measure(evidence));
    },
  };
}

/** What every list of predictions must have in common with the samples; `null` entries are what is missing. */
export function requireAligned(what: string, list: readonly unknown[], { samples }: EvaluateInputs): void {
  if (list.length !== samples.length) throw new Error(`evaluate: ${list.length} ${what} beside ${samples.length} samples`);
}

/** Model and floor must be measured on one triggered set. */
export function requireSameGaps(model: readonly unknown[], floor: readonly unknown[]): void {
  if (model.some((entry, index) => (entry === null) !== (floor[index] === null)))
    throw new Error('evaluate: the floor was measured on another triggered set');
}
