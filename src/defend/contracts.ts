/** The nouns of defending: where a defence acts, what it is given, what trigger inversion finds. */
import type { Language, Member, Sample, TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import type { Victim } from '../train/contracts.ts';

/** What every defence of a model may know: the suspect model and clean training samples; never the attack. */
export interface DefenseInputs {
  readonly task: TaskName;
  readonly language: Language;
  readonly victim: Victim;
  /** The clean pool: the same for every defence of a run (`drawPool`). */
  readonly pool: readonly Sample[];
}

/** One target tried: a label (method.md 7), or a query's words, inverted together with the trigger (method.md 5). */
export interface InversionOption {
  /** The label; `null` where triggers lead to queries. */
  readonly target: number | null;
  /** The inverted words of the query; `null` where triggers lead to a label. */
  readonly query: { readonly ids: readonly number[]; readonly text: string; readonly pieces: readonly string[] } | null;
  /** Where the trigger may stand: anywhere, or in one half of the row (the authors' scan). */
  readonly half: 'any' | 'first' | 'second';
  /** `iterations` entries each: loss of the best candidate of the iteration, and share predicted as target (0..1; empty without labels). */
  readonly losses: readonly number[];
  readonly asrs: readonly number[];
  /** Best candidate of each iteration. */
  readonly triggers: readonly { readonly ids: readonly number[]; readonly text: string }[];
  /** Loss, 0-based iteration, ids and text of the trigger returned. */
  readonly best: { readonly loss: number; readonly iteration: number; readonly ids: readonly number[]; readonly text: string };
  /** First 0-based iteration with best loss ≤ 0.015, or `null`. */
  readonly foundAt: number | null;
  /** Per trigger token: change of the loss when it is left out. */
  readonly tokenChanges: readonly { readonly text: string; readonly change: number }[];
  readonly anchored: { readonly ids: readonly number[]; readonly text: string; readonly loss: number; readonly empty: boolean };
  /** Whether ` ` + text tokenises to the same ids. */
  readonly retokenised: 'same' | 'different';
  /** Where the trigger stands in each clean sample: sub-token index in its row. */
  readonly places: readonly { readonly sample: string; readonly index: number }[];
  /** Rows whose position fell back to index 1. */
  readonly fallbackPositions: number;
  /** Rows with fewer places than `position.rank`: the trigger stands at their last. */
  readonly rankBeyond: number;
  /** Rows that lose a part of the trigger to the cut; 0 under the default. */
  readonly cutOff: number;
}

/** Trigger inversion's result over all options tried. */
export interface Inversion {
  readonly options: readonly InversionOption[];
  /** Index into `options`: the lowest loss. */
  readonly chosen: number;
  /** ln of the chosen option's loss with its anchored trigger: the model's score for the verdict. */
  readonly score: number;
}

export interface Verdict {
  readonly rule: 'calibrated' | 'outlier' | 'lowest-loss';
  readonly verdict: 'backdoored' | 'clean' | 'undecidable';
  /** The statistic compared with the threshold, or `null` when undecidable. */
  readonly statistic: number | null;
  readonly threshold: number | null;
  readonly targetLabel: number | null;
  /** Clean models the score was calibrated on. */
  readonly references: number;
  readonly why: string;
}

interface DefenseBase extends Member<Json> {
  /** Bumped when a change of code changes numbers. */
  readonly version: number;
  /** Tasks it is defined for; others carry the reason. */
  readonly undefinedFor: Partial<Readonly<Record<TaskName, string>>>;
}

/**
 * A defence that changes the model. `params` has up to three parts, each keyed apart so that one inversion serves many repairs:
 * `inversion`, `verdict`, `unlearning`. A phase that is `null` does not exist for this defence.
 */
export interface ModelDefense extends DefenseBase {
  readonly at: 'model';
  /** `params` of a task, with what they leave to the task filled in; absent: nothing is. */
  readonly settle?: (params: Json, task: TaskName) => Json;
  readonly invert:
    null | ((inputs: DefenseInputs, params: Json, context: StageContext & { readonly engine: Engine }) => Promise<Inversion>);
  /** @param references scores of clean models of the same task and backbone, the model under test left out */
  readonly judge: null | ((inversion: Inversion, references: readonly number[], params: Json) => Verdict);
  readonly repair:
    | null
    | ((
        inputs: DefenseInputs & { readonly inversion: Inversion | null },
        params: Json,
        context: StageContext & { readonly engine: Engine },
      ) => Promise<Victim>);
}

export type Defense = ModelDefense;
