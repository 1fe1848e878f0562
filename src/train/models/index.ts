/** The catalogue of architectures. */
import type { Architecture } from '../architecture.ts';
import type { ModelConfig } from '../contracts.ts';
import { gptBigCode } from './gpt-bigcode.ts';
import { roberta } from './roberta.ts';
import { t5 } from './t5.ts';

export const architectures: Readonly<Record<ModelConfig['name'], Architecture>> = { roberta, t5, 'gpt-bigcode': gptBigCode };
