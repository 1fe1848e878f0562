/** The nouns of defending: where a defence acts, what it is given, what trigger inversion finds. */
import type { Language, Member, Sample, TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import type { Victim, WordChange } from '../train/contracts.ts';

/** What a defence may be given; each phase names what it needs, and is handed that and nothing else. Never the attack. */
export interface Resources {
  /** The suspect model: of a data defence, the one trained on the whole list. */
  readonly victim: Victim;
  /** Clean samples of the training split, the same for every defence of a run (`drawPool`). */
  readonly pool: readonly Sample[];
  /** The clean validation split. */
  readonly validation: readonly Sample[];
  /** The list that the victim was trained on, poisoned samples among the others; programs without the names of a parse tree (`withoutNames`). */
  readonly training: readonly Sample[];
  /** The true share of poisoned samples in that list, 0..1: an oracle that some papers grant. */
  readonly poisonRate: number;
}
export type Need = keyof Resources;

export interface Scene {
  readonly task: TaskName;
  readonly language: Language;
}
export type Provided<Needs extends Need> = Scene & Pick<Resources, Needs>;

/** What every defence of a model is given. */
export type DefenseInputs = Provided<'victim' | 'pool'>;

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
  /** A soft trigger that never became discrete: the tokens are the most probable ones of its lowest loss (DBS). */
  readonly notDiscrete?: true;
  /** Of a defence that tries several constant places: the sub-token index of this option. */
  readonly place?: number;
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
  readonly rule: 'calibrated' | 'predictive' | 'outlier' | 'loss' | 'lowest-loss';
  readonly verdict: 'backdoored' | 'clean' | 'undecidable';
  /** The statistic compared with the threshold, or `null` when undecidable. */
  readonly statistic: number | null;
  readonly threshold: number | null;
  readonly targetLabel: number | null;
  /** Clean models the score was calibrated on. */
  readonly references: number;
  readonly why: string;
}

/** What a defence of the data makes of a training list. */
export interface Detection {
  /** One entry a sample of the list: suspicion, higher is more suspicious; `null` where the defence gives none. */
  readonly scores: readonly (number | null)[];
  /** Indices of samples to leave out, ascending. */
  readonly removed: readonly number[];
  /** Human-readable: trigger tokens found, cluster sizes … */
  readonly facts: Readonly<Record<string, string>>;
}

/** What a defence of inputs makes of test samples. */
export interface Purified {
  /** Aligned with the samples given; `null` where there is none. */
  readonly samples: readonly (PurifiedSample | null)[];
  readonly facts: Readonly<Record<string, string>>;
}

export interface PurifiedSample {
  /** Suspicion of the input, higher is more suspicious; `null` where the defence gives none. */
  readonly score: number | null;
  /** Empty: taken for clean, and left as it is. */
  readonly changes: readonly WordChange[];
}

export type PhaseContext = StageContext & { readonly engine: Engine };

/** A step of a defence, with what it is given. */
export interface Phase<Inputs, Output, Params = Json> {
  readonly needs: readonly Need[];
  /** Whether these parameters ask for it; absent: always. */
  readonly applies?: (params: Params) => boolean;
  readonly run: (inputs: Inputs, params: Params, context: PhaseContext) => Promise<Output>;
}

/** Everything a phase may be given, as the stage that calls it has it: what it did not ask for is not there. */
type Given = Scene & Partial<Resources>;

/**
 * A defence, acting on the training data, on the model, or on inputs at test time. A phase that is `null` does not exist for it, and
 * no stage is planned. `params` has one part a phase, so that phases are keyed apart: `inversion` (invert), `verdict` (judge),
 * `pruning` and `unlearning` (repair), `detection` (detect), `preparation` (prepare), `purification` (purify).
 */
export interface Defense extends Member<Json> {
  readonly at: 'data' | 'model' | 'input';
  /** Bumped when a change of code changes numbers. */
  readonly version: number;
  /** How it uses the model under test. `none`: at most its tokenizer, and in a phase that settings ask for what it predicts. */
  readonly access: 'weights' | 'predictions' | 'none';
  /** Tasks it is not defined for, with the reason. */
  readonly undefinedFor: Partial<Readonly<Record<TaskName, string>>>;
  /** `params` of a task, with what they leave to the task filled in; absent: nothing is. */
  readonly settle?: (params: Json, task: TaskName) => Json;
  /** Model: finds a trigger. */
  readonly invert: Phase<Given, Inversion> | null;
  /** Model: is it backdoored? @param references scores of clean models of the same task and backbone, the model under test left out */
  readonly judge: ((inversion: Inversion, references: readonly number[], params: Json) => Verdict) | null;
  /** Model: changes it. */
  readonly repair: Phase<Given & { readonly inversion: Inversion | null }, Victim> | null;
  /** Data: which samples to leave out; the victim is trained anew without them, from the same start. */
  readonly detect: Phase<Given, Detection> | null;
  /** Input: what is learnt once, before any input is seen: a threshold, say. */
  readonly prepare: Phase<Given, Json> | null;
  /** Input: clean and triggered test samples pass through it alike; of a model defence, beside the model that it repaired. */
  readonly purify: Phase<Given & PurifyInputs, Purified> | null;
}

export interface PurifyInputs {
  /** Test samples without labels and names (`asInputs`). */
  readonly samples: readonly (Sample | null)[];
  /** What `prepare` gave; `null` where it does not exist or apply. */
  readonly prepared: Json;
  /** What `invert` gave; `null` where it does not exist. */
  readonly inversion: Inversion | null;
}
