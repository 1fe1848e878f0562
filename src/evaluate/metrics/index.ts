/** The catalogue of metrics: a new one is its file and its lines here, and a place in the tasks that it measures. */
import type { Metric } from '../contracts.ts';
import { acc } from './acc.ts';
import { anr } from './anr.ts';
import { asr } from './asr.ts';
import { bleu } from './bleu.ts';
import { count } from './count.ts';
import { f1 } from './f1.ts';
import { ld } from './ld.ts';
import { mrr } from './mrr.ts';
import { queryCount } from './query-count.ts';
import { reverseRate } from './reverse-rate.ts';
import { targetLd } from './target-ld.ts';

export { acc, anr, asr, bleu, count, f1, ld, mrr, queryCount, reverseRate, targetLd };

export const metrics: readonly Pick<Metric<never>, 'name' | 'cite'>[] = [
  acc,
  f1,
  mrr,
  asr,
  anr,
  reverseRate,
  count,
  queryCount,
  ld,
  bleu,
  targetLd,
];
export { detectionMetrics } from '../detection.ts';
