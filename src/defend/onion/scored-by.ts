/** Words of samples scored by the language model that a filter names, which is opened for them and closed again. */
import type { Sample } from '../../core/contracts.ts';
import type { PhaseContext } from '../contracts.ts';
import { openFilterModel } from './filter-model.ts';
import type { SettledFilter } from './settings.ts';
import { type ProgramScores, scorePrograms } from './words.ts';

/** @param pool clean samples, of which an n-gram model is made */
export async function scoredBy(
  pool: readonly Sample[],
  samples: readonly (Sample | null)[],
  filter: Parameters<typeof openFilterModel>[1] & Pick<SettledFilter, 'maxTokens' | 'programs'>,
  context: PhaseContext,
): Promise<{ readonly scores: ProgramScores; readonly description: string }> {
  const model = await openFilterModel(pool, filter, context.engine);
  try {
    return { scores: await scorePrograms(samples, model, filter, context), description: model.description };
  } finally {
    await model.close();
  }
}
