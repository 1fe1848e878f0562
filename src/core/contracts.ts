/**
 * The nouns every folder shares: samples, datasets, attacks, measurements, records. Types only; no behaviour.
 */
import type { z } from 'zod';
import type { Json } from './hash.ts';
import type { Rng } from './rng.ts';

export type TaskName = 'defect' | 'clone' | 'search';
export type Language = 'c' | 'java' | 'python';
export type SplitName = 'train' | 'valid' | 'test';

/** One function as every attack and defence sees it (victims-and-data.md 2). */
export interface Program {
  /** Tokens without blanks, in source order; models read them joined by single blanks. */
  readonly tokens: readonly string[];
  /** White space before each token: `gaps[i] + tokens[i]`, joined, is the source without its comments. Models never see it. */
  readonly gaps: readonly string[];
  /** The function's own name, or `null` where neither the parse tree nor the fall-back rule finds one. */
  readonly functionName: string | null;
  /** Identifier occurrences by the authors' rule, with repeats, in source order. */
  readonly variables: readonly string[];
  /** Distinct names of parameters and local variables, in source order; what is called, a field or a type is none. */
  readonly locals: readonly string[];
  /** Index of the token before which a first statement of the body would stand, or `null` where the tree has no body. */
  readonly bodyStart: number | null;
  /** Indices of the tokens before which another statement may stand, each right behind a whole statement of the body; ascending. */
  readonly statementEnds: readonly number[];
}

/**
 * One labelled example. `programs` has one entry for defect detection and code search, two for clone detection. Samples that hold the
 * same function share one `Program` object: it is the function's identity.
 */
export interface Sample {
  /** Unique within its dataset and stable across runs. */
  readonly id: string;
  /** 0 or 1. Classification: 1 is the victim label, 0 the target label. Search: always 1. */
  readonly label: number;
  readonly programs: readonly Program[];
  /** Search only: the natural-language query. A sample without one is a function that queries may find, and no more. */
  readonly query?: string;
}

export interface Dataset {
  readonly name: string;
  readonly task: TaskName;
  readonly language: Language;
  readonly splits: Readonly<Record<SplitName, readonly Sample[]>>;
}

/** Where our behaviour departs from the cited source, and why. */
export interface Departure {
  readonly setting: string;
  readonly source: string;
  readonly ours: string;
  readonly why: string;
}

/** What every member of a catalogue states about itself. */
export interface Member<Params> {
  /** File name = catalogue name = config name = database name. */
  readonly name: string;
  /** Name in tables. */
  readonly title: string;
  readonly cite: string;
  readonly departures: readonly Departure[];
  /** Strict schema with a default for every key, ranges and units in `.describe()`. */
  readonly params: z.ZodType<Params>;
}

/** An attack maps a program to its triggered form (attacks.md 0). */
export interface Attack<Params = Json> extends Member<Params> {
  /** Share of the training data poisoned unless the config says otherwise, 0..1, for each profile. */
  readonly poisonRate: { readonly paper: number; readonly code: number };
  /** Why the attack is not defined for a task; absent = defined. */
  readonly undefinedFor: Partial<Readonly<Record<TaskName, string>>>;
  /** The true trigger's text for LD and BLEU, or `null` when it differs from sample to sample. */
  triggerText(params: Params): string | null;
  /**
   * What must be computed from clean code before programs can be triggered: a member of the catalogue of `src/craft` with its
   * parameters, or `null`.
   */
  craft(params: Params): CraftChoice | null;
  /** The program with the trigger in, or `null` when it cannot carry it. Never changes its input. */
  inject(program: Program, params: Params, context: InjectContext): Program | null;
}

export interface CraftChoice {
  readonly name: string;
  readonly [parameter: string]: Json;
}

export interface InjectContext {
  readonly language: Language;
  readonly rng: Rng;
  /** What was crafted for this very program, or `null`: nothing was, or the attack asks for nothing. */
  readonly material: Json | null;
}

/** The training list of an attacked victim. */
export interface PoisonedSet {
  /** The whole training list; poisoned samples replace the clean ones at the same index. */
  readonly samples: readonly Sample[];
  /** Indices of samples that were changed, ascending. */
  readonly poisoned: readonly number[];
  readonly counts: PoisonCounts;
}

/** What is drawn, a unit, is a sample or, for clone detection, a function, which may stand in many samples. */
export interface PoisonCounts {
  /** Units of the split. */
  readonly total: number;
  /** Units that the attack is after. */
  readonly victims: number;
  /** Victims that can carry the trigger. */
  readonly carriers: number;
  /** Units that were poisoned. */
  readonly poisoned: number;
  /** Samples that changed, and those among them that got another label. */
  readonly samples: number;
  readonly relabelled: number;
}

/** A split once more with the trigger in wherever it can be carried, made once and read by every metric and defence. */
export interface TriggeredSet {
  /** Aligned with the clean split: the triggered sample, or `null` where it cannot carry the trigger. Labels stay true. */
  readonly samples: readonly (Sample | null)[];
  readonly parsing: ParseCounts;
}

/** Triggered programs parsed again: the trigger should leave a tree without errors that the clean program did not have. */
export interface ParseCounts {
  /** Programs that carry the trigger. */
  readonly carriers: number;
  /** Of them, those whose tree has no more errors than before. */
  readonly kept: number;
}

/** What a model makes of a split, aligned with its samples; `null` where there is no sample. */
export type Predictions = LabelPredictions | VectorPredictions;

export interface LabelPredictions {
  readonly kind: 'labels';
  /** Probability of label 1. */
  readonly probabilities: readonly (number | null)[];
}

/** Search: vectors of length 1, so that products are cosines. */
export interface VectorPredictions {
  readonly kind: 'vectors';
  readonly codes: readonly (Float32Array | null)[];
  /** `null` too where a sample has no query. */
  readonly queries: readonly (Float32Array | null)[];
}

/** One number, or the reason why there is none: `value === null` if and only if `unmeasuredBecause !== null`. */
export interface Measurement {
  /** `acc`, `asr`, `ld`, `seconds` … */
  readonly metric: string;
  /** Which samples or which phase: `all-victim`, `predicted-victim`, `carriers`, `inversion` …; empty when there is one alone. */
  readonly subset: string;
  /** Rates are fractions 0..1, stored with their counts; times are seconds; memory is bytes. Never rounded. */
  readonly value: number | null;
  readonly hits: number | null;
  readonly n: number | null;
  readonly unmeasuredBecause: string | null;
}

/** A recorded curve or list: inversion loss by iteration, loss change by trigger token, training loss by epoch. */
export interface TracePoint {
  /** `inversion-loss`, `inversion-asr`, `loss-change`, `train-loss` … */
  readonly series: string;
  /** Which curve of the series: `target=0`, say. */
  readonly curve: string;
  readonly step: number;
  /** A name for the step where it has one: the trigger token. */
  readonly label: string | null;
  readonly value: number;
}

/** What was computed where: attached to every stage. */
export interface Provenance {
  /** Git commit, or `null` outside a checkout. */
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly device: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly peakMemoryBytes: number | null;
}

export interface StageRecord {
  readonly key: string;
  readonly stage: string;
  readonly version: number;
  readonly params: Json;
  readonly seed: number | null;
  /** Role of the input -> its key. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly provenance: Provenance;
}

/** One run = one cell of the grid with one seed. Written whole, atomically, by the process that finished it. */
export interface RunRecord {
  readonly schema: 1;
  /** Key over everything that can change a number. */
  readonly run: string;
  readonly experiment: string;
  readonly task: TaskName;
  readonly corpus: string;
  /** `roberta-tiny`, `roberta-base` … */
  readonly model: string;
  /** `scratch` or where the weights came from. */
  readonly weights: string;
  /** The published row this model stands beside (`codebert` …), or `null`. */
  readonly comparedWith: string | null;
  /** `none` for clean models. */
  readonly attack: string;
  /** `undefended`, `fine-tuning`, `elibadcode` … */
  readonly defense: string;
  readonly seed: number;
  /** What distinguishes this cell beyond the columns above, `key=value` joined by `;` (as in reported.csv). Empty: the defaults. */
  readonly setting: string;
  /** Human-readable facts to show: trigger text, verdict … Computed with is `settings` alone, which places a run in a sweep. */
  readonly notes: Readonly<Record<string, string>>;
  readonly stages: readonly StageRecord[];
  readonly measurements: readonly Measurement[];
  readonly traces: readonly TracePoint[];
  /** `null`, or why the run failed; a failed run is a row too. */
  readonly failedBecause: string | null;
}

/** A number the paper printed (exhibits.md 1). */
export interface Reported {
  readonly exhibit: string;
  readonly model: string;
  readonly task: string;
  readonly attack: string;
  readonly defense: string;
  readonly setting: string;
  readonly metric: string;
  /** As printed, in `unit`; `null` where the paper prints no number. */
  readonly value: number | null;
  readonly unit: string;
  readonly status: string;
  readonly note: string;
}
