/** Code search: where a query finds its own function, and how far the trigger lifts another one. */
import { anr, bleu, ld, mrr, queryCount, targetLd } from '../metrics/index.ts';
import { rankEvidence } from '../rank-evidence.ts';
import { defineTask } from '../task.ts';

export const search = defineTask([mrr, anr, queryCount, ld, bleu, targetLd], rankEvidence);
