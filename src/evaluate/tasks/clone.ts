/** Clone detection: F1, and triggered clones called different; both at P(1) > 0.5 (victims-and-data.md 4.3). */
import { labelEvidence } from '../label-evidence.ts';
import { asr, bleu, count, f1, ld, reverseRate } from '../metrics/index.ts';
import { defineTask } from '../task.ts';

export const clone = defineTask([f1, asr, reverseRate, count, ld, bleu], labelEvidence);
