/** `defineExperiment`: an experiment as a typed literal, in which a wrong name or key does not compile. */
import type { z } from 'zod';
import type { TaskName } from '../core/contracts.ts';
import type { corpora } from '../dataset/corpora/index.ts';
import type {
  AttDefSettings,
  ClusteringSettings,
  DbsSettings,
  FinePruningSettings,
  KillBadCodeSettings,
  OnionSettings,
  OseqlSettings,
  SpectralSettings,
} from '../defend/index.ts';
import type { EliBadCodeSettings, TuningSettings } from '../defend/elibadcode/settings.ts';
import type { attacks } from '../poison/attacks/index.ts';
import type { architectures } from '../train/models/index.ts';
import type { modelParams } from './models.ts';
import type { attackKeys } from './poisoning.ts';
import type { TrainingChoice } from './training.ts';

/** What may be left out at any depth: the schema fills it in. */
type Partly<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Partly<T[K]> } : T;

type Member = { readonly params: z.ZodType };
type CorpusOf<Name extends keyof typeof corpora> = { readonly name: Name } & Partly<
  z.output<(typeof corpora)[Name] extends Member ? (typeof corpora)[Name]['params'] : never>
>;
type AttackOf<Name extends keyof typeof attacks> = { readonly name: Name } & Partly<z.output<typeof attackKeys>> &
  Partly<z.output<(typeof attacks)[Name]['params']>>;

/** Members without settings. */
type Unset<Name extends string> = { readonly name: Name };

export type CorpusInput = { [Name in keyof typeof corpora]: CorpusOf<Name> }[keyof typeof corpora];

type ModelOf<Name> = { readonly name: Name; readonly tasks?: readonly TaskName[]; readonly training?: Partly<TrainingChoice> } & Partly<
  z.output<typeof modelParams>
>;

export type ModelInput = { [Name in keyof typeof architectures]: ModelOf<Name> }[keyof typeof architectures];

export type AttackInput = Unset<'none'> | { [Name in keyof typeof attacks]: AttackOf<Name> }[keyof typeof attacks];

export type DefenseInput =
  | Unset<'undefended'>
  | ({ readonly name: 'fine-pruning' } & Partly<FinePruningSettings>)
  | { readonly name: 'spectral-signature'; readonly detection?: Partly<SpectralSettings> }
  | { readonly name: 'activation-clustering'; readonly detection?: Partly<ClusteringSettings> }
  | ({ readonly name: 'attdef' } & Partly<AttDefSettings>)
  | { readonly name: 'killbadcode'; readonly detection?: Partly<KillBadCodeSettings> }
  | ({ readonly name: 'onion' } & Partly<OnionSettings>)
  | ({ readonly name: 'oseql' } & Partly<OseqlSettings>)
  | { readonly name: 'fine-tuning'; readonly unlearning?: Partly<TuningSettings> }
  | ({ readonly name: 'dbs' } & Partly<DbsSettings>)
  | ({ readonly name: 'elibadcode' } & Partly<EliBadCodeSettings>);

export interface ExperimentInput {
  /** The file name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly corpora: readonly CorpusInput[];
  readonly models: readonly ModelInput[];
  readonly attacks: readonly AttackInput[];
  readonly defenses: readonly DefenseInput[];
  readonly seeds: readonly number[];
  /** Share of the training split a defence may use, 0..1. */
  readonly pool?: { readonly ratio?: number };
  /** Seeds of the clean models on which a verdict is calibrated. */
  readonly calibration?: { readonly seeds?: readonly number[] };
}

export function defineExperiment(experiment: ExperimentInput): ExperimentInput {
  return experiment;
}
