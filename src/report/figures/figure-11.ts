/** Figure 11 (RQ3): how many clean samples does inversion need? */
import { sweepFigure } from '../sweep-figure.ts';
import { sweeps } from '../sweep.ts';
import { quantities } from '../vocabulary.ts';

export const figure11 = sweepFigure({
  name: 'figure-11',
  title: 'Inversion from more or fewer clean samples',
  sweep: sweeps.samples,
  panels: ({ clean, attack }) => [clean, attack, quantities.epochFound, quantities.inversionLoss],
});
