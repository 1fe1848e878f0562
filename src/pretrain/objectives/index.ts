/** The catalogue of pretraining objectives. */
import type { Objective } from '../objective.ts';
import type { PretrainingSettings } from '../settings.ts';
import { contrastive } from './contrastive.ts';
import { maskedTokens } from './masked-tokens.ts';
import { nextToken } from './next-token.ts';
import { spanCorruption } from './span-corruption.ts';

export const objectives: Readonly<Record<PretrainingSettings['objective'], Objective>> = {
  'masked-tokens': maskedTokens,
  'span-corruption': spanCorruption,
  'next-token': nextToken,
  contrastive,
};
