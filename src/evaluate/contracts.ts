/** What every metric of a classification task reads, and the skeleton of a metric. */
import type { Measurement } from '../core/contracts.ts';

/** One test sample as one model called it. */
export interface Outcome {
  /** The true label: 1 is the victim label, 0 the target label. */
  readonly label: number;
  /** The label predicted without the trigger. */
  readonly clean: 0 | 1;
  /** The label predicted with the trigger in; `null` where the sample cannot carry it. */
  readonly triggered: 0 | 1 | null;
  /** The trigger survives the cut at L sub-tokens. */
  readonly visible: boolean;
}

export interface Evidence {
  /** The model under test, one entry a test sample. */
  readonly model: readonly Outcome[];
  /** A clean model on the same samples, or `null` when none was measured. */
  readonly floor: readonly Outcome[] | null;
  readonly isAttacked: boolean;
  /** Texts of the attack's trigger and of the inverted, anchored one; `null` when there is none or it varies by sample. */
  readonly trueTrigger: string | null;
  readonly invertedTrigger: string | null;
}

/** A member of the metrics' catalogue: it always returns the same rows, unmeasured ones with their reason. */
export interface Metric {
  /** File name, and `metric` of its first measurement. */
  readonly name: string;
  readonly cite: string;
  measure(evidence: Evidence): readonly Measurement[];
}
