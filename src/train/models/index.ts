/** The catalogue of architectures. */
import type { Architecture } from '../architecture.ts';
import type { ModelConfig } from '../contracts.ts';
import { roberta } from './roberta.ts';

export const architectures: Readonly<Record<ModelConfig['name'], Architecture>> = { roberta };

/** Named in the paper, not there yet. */
export const planned: Readonly<Record<string, string>> = {
  codet5: 'it needs a T5 encoder-decoder',
  starcoder: 'it needs GPT-BigCode',
};
