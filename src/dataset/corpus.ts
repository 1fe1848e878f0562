/** What a member of the corpora catalogue is. */
import type { Language, Member, Sample, SplitName, TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { StageContext } from '../core/stage.ts';

/** Loading keeps no partial state, so it asks for no resume slot; a caller without a terminal gives the generator alone. */
export type LoadContext = Pick<StageContext, 'rng'> & Partial<Pick<StageContext, 'signal' | 'progress'>>;

export interface Corpus<Params extends Json = Json> extends Member<Params> {
  readonly task: TaskName;
  readonly language: Language;
  /**
   * What outside the parameters and the seed fixes the samples: file -> sha256; empty for a generated corpus. Belongs into the stage's key,
   * since one corpus may lie in a folder in more than one edition.
   */
  identify(params: Params): Promise<Readonly<Record<string, string>>>;
  load(params: Params, context: LoadContext): Promise<Readonly<Record<SplitName, readonly Sample[]>>>;
}
