/** The nouns of a plan: stages to compute, each with its key, and the runs that need them. */
import type { RunRecord, TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';

/** In the order of the data flow. */
export const stageNames = [
  'dataset',
  'craft',
  'poison',
  'trigger',
  'train',
  'pool',
  'detect',
  'invert',
  'verdict',
  'repair',
  'prepare',
  'purify',
  'predict',
  'evaluate',
] as const;
export type StageName = (typeof stageNames)[number];

/** One stage with its inputs, named by keys. Equal keys are the same computation, whoever needs it. */
export interface StageNode {
  readonly key: string;
  readonly stage: StageName;
  readonly version: number;
  readonly params: Json;
  /** `null` where nothing is drawn. */
  readonly seed: number | null;
  /** Role -> key of the stage that plays it. */
  readonly inputs: Readonly<Record<string, string>>;
}

type Identity = Pick<RunRecord, 'experiment' | 'corpus' | 'model' | 'weights' | 'comparedWith' | 'attack' | 'defense' | 'seed' | 'setting'>;

/** One run = one cell of the grid with one seed. */
export interface PlannedRun extends Identity {
  readonly run: string;
  readonly task: TaskName;
  /** The run's own stages: role -> key. */
  readonly roles: Readonly<Partial<Record<Role, string>>>;
  /** Keys of all stages it rests on, each after its inputs; those of reference models included. */
  readonly stages: readonly string[];
  /** Why it cannot be run here, or `null`. */
  readonly notRunBecause: string | null;
}

/** What a stage is to a run; `floor` is the clean model of the same seed, which an attacked run is compared with. */
export const roles = [
  'dataset',
  'craft',
  'poison',
  'trigger',
  'train',
  'pool',
  'detection',
  'retrained',
  'inversion',
  'verdict',
  'repair',
  'preparation',
  'purifiedClean',
  'purifiedTriggered',
  'clean',
  'triggered',
  'floor',
  'floorClean',
  'floorTriggered',
  'evaluate',
] as const;
export type Role = (typeof roles)[number];

export interface Plan {
  readonly experiment: string;
  readonly title: string;
  readonly nodes: ReadonlyMap<string, StageNode>;
  readonly runs: readonly PlannedRun[];
}

/** What the plan must know besides the experiment, because it can change numbers. */
export interface Facts {
  /** Versions of the stages' code. */
  readonly versions: Readonly<Record<StageName, number>>;
  /** Engine and class of device, `onnx/cpu` say: their rounding differs. */
  readonly engine: string;
  /** One entry a corpus of the experiment, in its order: file -> sha256, or why it cannot be read. */
  readonly corpora: readonly Files[];
  /** The same for each `file:DIR` or `hub:OWNER/NAME` that a model names: a path is no identity. */
  readonly folders: Readonly<Record<string, Files>>;
  /** `hub:OWNER/NAME` -> `file:DIR`, where it lies on this machine. */
  readonly places: Readonly<Record<string, string>>;
}

export type Files = { readonly files: Readonly<Record<string, string>> } | { readonly missing: string };
