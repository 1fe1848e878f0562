/** LD: the Levenshtein distance between the inverted and the true trigger's text, in characters, case kept. */
import { editDistance } from '../../core/errors.ts';
import type { Metric } from '../contracts.ts';
import { quantity } from '../measurement.ts';
import { compareTriggers } from '../triggers.ts';

export const ld: Metric = {
  name: 'ld',
  cite: 'EliBadCode 5.2',
  measure: (evidence) => [compareTriggers('ld', evidence, (inverted, real) => quantity('ld', '', editDistance(inverted, real)))],
};
