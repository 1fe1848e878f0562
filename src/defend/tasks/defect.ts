/** Defect detection: triggers lead to a label. */
import type { DefendTask } from '../task.ts';

export const defect: DefendTask = {
  leadsTo: 'label',
  isVictim: ({ label }, target) => label !== target.label,
  // The output of the sigmoid, whatever the target.
  preference: (probability) => probability,
  // The authors’.
  tuningRate: 5e-3,
};
