/** What an experiment may name: the four catalogues as one value, so that the schema and the plan can be tested with made-up ones. */
import type { Attack, Language, Member, TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import { corpora } from '../dataset/corpora/index.ts';
import { type Defense, defenses, type Phase } from '../defend/index.ts';
import { attacks } from '../poison/attacks/index.ts';
import { architectures } from '../train/models/index.ts';
import { modelParams } from './models.ts';

/** What the schema and the plan read of a member; the rest is its stage's business. */
type Entry = Pick<Member<Json>, 'name' | 'title' | 'params'>;

export interface CorpusEntry extends Entry {
  readonly task: TaskName;
  readonly language: Language;
}

export type AttackEntry = Entry & Pick<Attack, 'poisonRate' | 'undefinedFor' | 'craft'>;

export interface DefenseEntry extends Entry {
  readonly version: number;
  readonly undefinedFor: Partial<Readonly<Record<TaskName, string>>>;
  /** What a task makes of parameters that were left to it. */
  readonly settle?: (params: Json, task: TaskName) => Json;
  readonly access: Defense['access'];
  readonly judge: unknown;
  readonly detect: PhaseEntry | null;
  readonly invert: PhaseEntry | null;
  readonly repair: PhaseEntry | null;
  readonly prepare: PhaseEntry | null;
  readonly purify: PhaseEntry | null;
}

/** What the plan reads of a phase. */
export type PhaseEntry = Pick<Phase<never, unknown>, 'needs' | 'applies'>;

/** By name. */
export type Catalogue<M> = Readonly<Record<string, M>>;

export interface Catalogues {
  readonly corpora: Catalogue<CorpusEntry>;
  readonly models: Catalogue<Entry>;
  readonly attacks: Catalogue<AttackEntry>;
  readonly defenses: Catalogue<DefenseEntry>;
}

/** What exists. */
export const catalogues: Catalogues = {
  corpora,
  models: Object.fromEntries(Object.values(architectures).map(({ name, title }) => [name, { name, title, params: modelParams }])),
  attacks,
  defenses,
};
