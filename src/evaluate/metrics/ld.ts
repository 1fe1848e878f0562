/** LD: the Levenshtein distance between the inverted and the true trigger's text, in characters, case kept. */
import { editDistance } from '../../core/errors.ts';
import { compareTriggers } from '../compare-texts.ts';
import type { Metric, TriggerEvidence } from '../contracts.ts';
import { quantity } from '../measurement.ts';

export const ld: Metric<TriggerEvidence> = {
  name: 'ld',
  cite: 'EliBadCode 5.2',
  measure: (evidence) => [compareTriggers('ld', evidence, (inverted, real) => quantity('ld', '', editDistance(inverted, real)))],
};
