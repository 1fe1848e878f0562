/** What BadCode would choose for a corpus (attacks.md 2): its training queries' most frequent words, each with its triggers. */
import { lookUp, UserError } from '../core/errors.ts';
import { makeRng } from '../core/rng.ts';
import { corpora } from '../dataset/corpora/index.ts';
import type { Corpus } from '../dataset/corpus.ts';
import { loadDataset } from '../dataset/dataset.ts';
import { BENCHMARK_SEED } from '../plan/stages.ts';
import type { TargetWord } from '../poison/target-words.ts';
import { poisonTasks } from '../poison/tasks/index.ts';

export interface CorpusTriggers {
  /** Of the training split. */
  readonly queries: number;
  /** Most frequent first. */
  readonly targets: readonly TargetWord[];
}

/** @param targets how many words, at most */
export async function findTriggers(name: string, targets: number): Promise<CorpusTriggers> {
  const members: Readonly<Record<string, Corpus>> = corpora;
  const { task } = lookUp(members, name, 'corpus');
  const { targetWords } = poisonTasks[task];
  if (targetWords === null) {
    const others = Object.values(members).filter((corpus) => poisonTasks[corpus.task].targetWords !== null);
    throw new UserError(
      `corpus ${name}`,
      `its task, ${task}, has no queries, and so no words to target`,
      others.map((corpus) => corpus.name).join(', '),
    );
  }
  // The samples that an experiment would have.
  const { splits, language } = await loadDataset({ name }, { rng: makeRng(BENCHMARK_SEED).fork('dataset') });
  const queries = splits.train.filter(({ query }) => query !== undefined).length;
  return { queries, targets: targetWords(splits.train, language, targets) };
}
