/** The language model that a filter of words asks. */
import type { Sample } from '../../core/contracts.ts';
import type { Engine } from '../../engine/index.ts';
import type { LanguageModel } from '../language-model/contracts.ts';
import { openLanguageModel } from '../language-model/open.ts';
import type { ScoringSettings } from './settings.ts';

/** @param pool clean samples; an n-gram model is trained on their distinct programs */
export function openFilterModel(
  pool: readonly Sample[],
  { languageModel, order, fallbackDiscounts }: ScoringSettings,
  engine?: Engine,
): Promise<LanguageModel> {
  const clean = [...new Set(pool.flatMap(({ programs }) => programs))].map(({ tokens }) => tokens);
  return openLanguageModel(languageModel, { clean, order, fallbackDiscounts, ...(engine === undefined ? {} : { engine }) });
}
