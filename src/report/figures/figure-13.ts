/** Figure 13 (RQ3): how many candidates an iteration, and what do they cost? */
import { sweepFigure } from '../sweep-figure.ts';
import { sweeps } from '../sweep.ts';
import { quantities } from '../vocabulary.ts';

export const figure13 = sweepFigure({
  name: 'figure-13',
  title: 'Inversion with more or fewer candidates an iteration',
  sweep: sweeps.repeat,
  panels: ({ clean, attack }) => [clean, attack, quantities.inversionSeconds, quantities.inversionLoss],
});
