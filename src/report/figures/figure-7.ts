/** Figure 7 (design): what share of the clean samples should get the trigger? */
import { sweepFigure } from '../sweep-figure.ts';
import { sweeps } from '../sweep.ts';

export const figure7 = sweepFigure({
  name: 'figure-7',
  title: 'Unlearning with more or fewer triggered samples',
  sweep: sweeps.injectRate,
  // Where the trigger comes to mean the victim label, attack success is low for a bad reason (exhibits.md C12).
  panels: ({ clean, attack, reverse }) => [clean, attack, ...(reverse === null ? [] : [reverse])],
});
