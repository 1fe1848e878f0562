/** The catalogue of metrics of classification tasks: a new one is its file and its line here. */
import type { Metric } from '../contracts.ts';
import { acc } from './acc.ts';
import { asr } from './asr.ts';
import { bleu } from './bleu.ts';
import { count } from './count.ts';
import { ld } from './ld.ts';
import { reverseRate } from './reverse-rate.ts';

export const metrics: readonly Metric[] = [acc, asr, reverseRate, count, ld, bleu];
