/** The nouns of a scan: a user's checkpoint, samples in halves, what is found, and what stands in scan.json. */
import type { Language, Sample, TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { Interval } from '../core/statistics.ts';
import type { Progress, ResumeSlot } from '../core/stage.ts';
import type { Inversion, Verdict } from '../defend/index.ts';
import type { Engine, StoredTensor } from '../engine/index.ts';
import type { Model, TuningCounts, Victim } from '../train/index.ts';

/** How the checkpoint's head becomes the task's: as it is, two outputs as their difference, or there is none. */
export type HeadForm = 'own' | 'two-labels' | 'none';

/** A folder of Hugging Face's form, opened as the model that defences read. */
export interface UserModel {
  readonly folder: string;
  readonly task: TaskName;
  readonly model: Model;
  readonly victim: Victim;
  /** What the network takes from config.json: sizes, epsilon. Names, paths and versions, which it holds besides, change no output. */
  readonly shape: Json;
  /** Identity of the function: tensors, shape and tokenizer. A path is none. */
  readonly digest: string;
  readonly head: HeadForm;
  /** What the weights file holds, by its own names. */
  readonly stored: ReadonlyMap<string, StoredTensor>;
  /** The model's tensors -> their names in the file. */
  readonly names: ReadonlyMap<string, string>;
}

/** Clean samples in two halves: triggers are found on one and measured on the other. */
export interface SampleHalves {
  /** Identity of all of them, in their order. */
  readonly digest: string;
  readonly find: readonly Sample[];
  readonly heldOut: readonly Sample[];
  /** Rows of the file that repeat another one, left out. */
  readonly duplicates: number;
  /** Samples whose first function has a name that the parser finds. */
  readonly named: number;
}

/** A share with its counts; `null` of an interval that nothing was counted for. */
export interface Rate {
  readonly hits: number;
  readonly n: number;
  readonly interval: Interval | null;
}

/** How well the model does its task on held-out samples: share of right labels, or mean reciprocal rank. */
export interface Quality {
  readonly metric: 'accuracy' | 'mrr';
  readonly value: number;
  /** Of accuracy: right ones; of MRR `null`. */
  readonly hits: number | null;
  readonly n: number;
  /** Of accuracy: label -> right ones among its samples, since the rarer label hardly moves the share of all. Of MRR `null`. */
  readonly byLabel: Readonly<Record<string, Rate>> | null;
}

/** The anchored trigger on held-out samples that it was not found on. */
export interface HeldOutAttack {
  /**
   * `inserted`: its sub-tokens at the place that the search chooses. `renamed`: every occurrence of the function's name becomes it.
   * Code search: `renamed`, and the inverted words stand first in the query.
   */
  readonly how: 'inserted' | 'renamed';
  /** Samples that are led to the target; of code search, queries before whose own function a triggered one ranks. */
  readonly rate: Rate;
  /** The same samples without the trigger. */
  readonly without: Rate;
  /** Samples without a function's name to replace, left out. */
  readonly nameless: number;
}

export interface ScanRequest {
  readonly folder: string;
  readonly task: TaskName;
  readonly language: Language;
  /** JSONL (also .gz) or Parquet. */
  readonly samples: string;
  readonly seed: number;
  /** Row length in sub-tokens; `null`: 400, or as many as the model has positions for. */
  readonly maxTokens: number | null;
  /** Iterations of the search of each target. */
  readonly iterations: number;
  /** Samples of each label that a trigger is inverted with; `null`: half of what there is, 30 at most. */
  readonly perLabel: number | null;
  /** Folders of clean models of the same backbone and task. */
  readonly references: readonly string[];
  /** A threshold of the user's own: loss of the anchored trigger at or below which the model is called backdoored. */
  readonly maxLoss: number | null;
}

/** `null`: not given. */
export interface AskedScan extends Omit<ScanRequest, 'seed' | 'iterations'> {
  readonly seed: number | null;
  readonly iterations: number | null;
}

export interface ScanContext {
  readonly engine: Engine;
  /** What computes and on which class of device: part of what a saved inversion is found by. */
  readonly engineClass: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly attempts: Attempts;
}

/** Inversions that earlier scans finished or were interrupted in. */
export interface Attempts {
  readonly slot: (key: string) => ResumeSlot & { readonly secondsBefore: number };
  readonly recall: (key: string) => FinishedInversion | null;
  readonly keep: (key: string, finished: FinishedInversion) => void;
}

export interface FinishedInversion {
  readonly inversion: Inversion;
  readonly seconds: number;
}

export interface ScanVerdict extends Omit<Verdict, 'rule'> {
  readonly rule: 'predictive' | 'own-threshold';
  /** Above 1 the model is flagged, and the further above, the clearer; `null` when undecidable. */
  readonly margin: number | null;
  /** What would decide; `null` where it is decided. */
  readonly whatToDo: string | null;
}

export interface ReferenceScore {
  readonly folder: string;
  readonly digest: string;
  /** ln of the loss of its anchored trigger. */
  readonly score: number;
  readonly seconds: number;
}

/** What scan.json holds. Digests in schema 1 covered the whole of config.json. */
export interface Scan {
  readonly schema: 2;
  readonly task: TaskName;
  readonly language: Language;
  readonly seed: number;
  readonly model: {
    readonly folder: string;
    readonly digest: string;
    readonly architecture: string;
    readonly head: HeadForm;
    readonly maxTokens: number;
  };
  readonly samples: {
    readonly file: string;
    readonly digest: string;
    /** Label -> samples of each half. */
    readonly find: Readonly<Record<string, number>>;
    readonly heldOut: Readonly<Record<string, number>>;
    readonly duplicates: number;
    readonly named: number;
  };
  readonly settings: { readonly iterations: number; readonly perLabel: number; readonly beta: number };
  readonly quality: Quality;
  readonly inversion: Inversion;
  /** One list for each option of the inversion. */
  readonly heldOut: readonly (readonly HeldOutAttack[])[];
  /** ln of the second lowest best loss less ln of the lowest; `null` where one option is tried. */
  readonly gap: number | null;
  readonly references: readonly ReferenceScore[];
  readonly verdict: ScanVerdict;
  /** Reasons to read the result with care. */
  readonly cautions: readonly string[];
  readonly seconds: { readonly inversion: number; readonly scan: number };
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
}

export interface EliminateRequest extends AskedScan {
  readonly out: string;
  /** A scan.json of this model and these samples; `null`: it is scanned now. */
  readonly scanFile: string | null;
  readonly trainable: 'head' | 'last-layer' | 'all';
  /** Passes over the pool; `null`: as many as make the paper's 69 steps. */
  readonly epochs: number | null;
  /** Peak; `null`: the paper's for heads, 2e-5 for every parameter. */
  readonly learningRate: number | null;
  /** Largest fall on held-out samples with which the model is written, 0..1: of the accuracy of all and of each label, or of MRR. */
  readonly maxDrop: number;
  readonly force: boolean;
}

/** How a model stands on held-out samples. */
export interface Standing {
  readonly quality: Quality;
  readonly attacks: readonly HeldOutAttack[];
}

/** What elibadcode.json in the new folder holds. */
export interface Elimination {
  readonly schema: 2;
  readonly model: Scan['model'];
  readonly samples: Scan['samples'];
  readonly verdict: Scan['verdict'];
  readonly trigger: {
    readonly text: string;
    readonly ids: readonly number[];
    readonly target: number | null;
    readonly query: string | null;
  };
  readonly settings: {
    readonly trainable: EliminateRequest['trainable'];
    readonly epochs: number;
    readonly learningRate: number;
    readonly maxDrop: number;
    readonly force: boolean;
  };
  readonly tuned: TuningCounts;
  readonly before: Standing;
  readonly after: Standing;
  /** Files and folders of the old checkpoint that were not copied. */
  readonly leftOut: readonly string[];
  readonly versions: Scan['versions'];
}
