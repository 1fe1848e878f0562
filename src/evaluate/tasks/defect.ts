/** Defect detection: accuracy, and triggered defective functions called clean. */
import { labelEvidence } from '../label-evidence.ts';
import { acc, asr, bleu, count, ld, reverseRate } from '../metrics/index.ts';
import { defineTask } from '../task.ts';

export const defect = defineTask([acc, asr, reverseRate, count, ld, bleu], labelEvidence);
