/** What the stage is given, what metrics read, and the skeletons of a metric and of a task. */
import type { Measurement, Predictions, Sample, TaskName } from '../core/contracts.ts';
import type { OwnRank } from '../core/ranking.ts';

/** One model's predictions on the test split; every list is aligned with the samples. */
export interface Predicted {
  /** Of the clean samples: none may be missing. */
  readonly clean: Predictions;
  /** Of the triggered samples, missing where one cannot carry the trigger; `null` when there is no attack. */
  readonly triggered: Predictions | null;
}

export interface EvaluateInputs extends Predicted {
  readonly task: TaskName;
  /** The clean test split. */
  readonly samples: readonly Pick<Sample, 'id' | 'label' | 'query' | 'programs'>[];
  /** Search: the word that attacked queries hold; `null` for other tasks and without an attack. */
  readonly targetWord: string | null;
  /** Whether a sample's trigger survives the cut at L; `null` when there is no attack. */
  readonly visible: readonly boolean[] | null;
  /** A clean model's predictions on the same two sets, or `null`. */
  readonly floor: Predicted | null;
  /** Text of the attack's trigger; `null` when it differs from sample to sample, or there is no attack. */
  readonly trueTrigger: string | null;
  /** Text of the inverted, anchored trigger; `null` when none was inverted. */
  readonly invertedTrigger: string | null;
  /** Search: text of the inverted query word; `null` when none was inverted. */
  readonly invertedTarget: string | null;
  /** What a defence of data or inputs singled out, or `null`: it singles nothing out. */
  readonly singledOut: SingledOut | null;
  /** Of the draws that belong to the benchmark (ANR's windows): the same for every model, or their figures do not compare. */
  readonly seed: number;
}

/** What a defence took for poisoned, beside what is. */
export type SingledOut = SingledOutSamples | SingledOutInputs;

/** Of the training list. */
export interface SingledOutSamples {
  readonly kind: 'samples';
  /** One entry a sample; higher is more suspicious. */
  readonly scores: readonly (number | null)[];
  /** Indices, ascending. */
  readonly removed: readonly number[];
  /** Indices of what is poisoned, ascending; empty when there is no attack. */
  readonly poisoned: readonly number[];
}

/** Of the test split; lists are aligned with it. */
export interface SingledOutInputs {
  readonly kind: 'inputs';
  readonly clean: readonly (SuspectInput | null)[];
  /** `null` when there is no attack. */
  readonly triggered: readonly (SuspectInput | null)[] | null;
  /** Words of each triggered sample that its clean form lacks. */
  readonly triggerWords: readonly (readonly Word[])[];
}

export interface SuspectInput {
  readonly score: number | null;
  /** Words that were left out or masked; empty: taken for clean. */
  readonly changes: readonly Word[];
}

/** Index among the tokens of the sample's n-th program. */
export interface Word {
  readonly program: number;
  readonly word: number;
}

/** A member of the metrics' catalogue: it always returns the same rows, unmeasured ones with their reason. */
export interface Metric<Evidence> {
  /** File name, and `metric` of its first measurement. */
  readonly name: string;
  readonly cite: string;
  measure(evidence: Evidence): readonly Measurement[];
}

/** A task as this stage knows it. */
export interface EvaluatedTask {
  /** Names of its metrics, in the order of their rows. */
  readonly metrics: readonly string[];
  measure(inputs: EvaluateInputs): Measurement[];
}

/** What every task has: texts of triggers to compare; `null` when there is none or it varies by sample. */
export type TriggerEvidence = Pick<EvaluateInputs, 'trueTrigger' | 'invertedTrigger'> & { readonly isAttacked: boolean };

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

export interface LabelEvidence extends TriggerEvidence {
  /** The model under test, one entry a test sample. */
  readonly model: readonly Outcome[];
  /** A clean model on the same samples, or `null` when none was measured. */
  readonly floor: readonly Outcome[] | null;
}

/** A target query asked of a ranked list in whose middle one function got the trigger. */
export interface Raised {
  /** Functions in the list. */
  readonly length: number;
  /** Of the triggered function, 1 for the best; `null` where none from the middle on can carry the trigger. */
  readonly rank: number | null;
  /** Its trigger survives the cut at L sub-tokens. */
  readonly visible: boolean;
  /** Places below the middle at which it stood: those above it cannot carry the trigger, or hold the query's own function. */
  readonly passed: number;
}

/** Which functions a target query is asked of: ANR's two definitions. */
export const listKinds = ['window', 'whole-list'] as const;
export type ListKind = (typeof listKinds)[number];

export interface RankEvidence extends TriggerEvidence, Pick<EvaluateInputs, 'targetWord' | 'invertedTarget'> {
  /** Without the trigger, among all functions, and as the authors measure it: the first 4,000 queries and functions. */
  readonly ranks: readonly OwnRank[];
  readonly firstRanks: readonly OwnRank[];
  /** The model under test, one entry a target query; `null` when there is no attack. */
  readonly raised: Readonly<Record<ListKind, readonly Raised[]>> | null;
  /** A clean model asked the same, or `null`. */
  readonly floorRaised: Readonly<Record<ListKind, readonly Raised[]>> | null;
}
