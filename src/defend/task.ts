/** What a task tells defences: where triggers lead, and whom they change. */
import type { Sample } from '../core/contracts.ts';

/** What an inverted trigger leads to: a label, or the words of queries. */
export interface TriggerTarget {
  readonly label: number | null;
  /** The words, and the pieces they consist of: `filename` of `file` and `name` leads to queries with `file` too. */
  readonly query: readonly string[] | null;
}

export interface DefendTask {
  /** `label`: each label is tried as target. `query`: the target's words are inverted together with the trigger (method.md 5). */
  readonly leadsTo: 'label' | 'query';
  /** Whether the trigger would change what the model makes of the sample: those are given it in unlearning (method.md 8). */
  readonly isVictim: (sample: Sample, target: TriggerTarget) => boolean;
  /**
   * What the authors' code puts the trigger at the place with the largest of (method.md 3, `largest-p`), from the masked sample's
   * probability of label 1 and the label tried as target; `null` where there are no labels.
   */
  readonly preference: ((probability: number, target: number) => number) | null;
  /** Peak learning rate of unlearning and of its control where an experiment leaves it out (method.md 8). */
  readonly tuningRate: number;
}
