/** Comparing an inverted text with the true one, where both exist. */
import type { Measurement } from '../core/contracts.ts';
import type { TriggerEvidence } from './contracts.ts';
import { unmeasured } from './measurement.ts';

export function compareTriggers(
  metric: string,
  { isAttacked, trueTrigger, invertedTrigger }: TriggerEvidence,
  compare: (inverted: string, real: string) => Measurement,
): Measurement {
  if (!isAttacked) return unmeasured(metric, '', 'no attack: there is no true trigger');
  if (trueTrigger === null)
    return unmeasured(metric, '', 'the attack’s trigger is not one text: it differs from sample to sample, or from language to language');
  if (invertedTrigger === null) return unmeasured(metric, '', 'no trigger was inverted');
  return compare(invertedTrigger, trueTrigger);
}
