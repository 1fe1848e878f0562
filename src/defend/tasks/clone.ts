/** Clone detection: triggers lead to a label, from whichever program of the pair carries them. */
import type { DefendTask } from '../task.ts';

export const clone: DefendTask = {
  leadsTo: 'label',
  isVictim: ({ label }, target) => label !== target.label,
  // The smallest probability of the target label is the largest of the other.
  preference: (probability, target) => (target === 1 ? 1 - probability : probability),
  // The authors’.
  tuningRate: 5e-3,
};
