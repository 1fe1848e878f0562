/** Figure 5 (motivation): does inversion cost more at sensitive places? */
import { sweepFigure } from '../sweep-figure.ts';
import { sweeps } from '../sweep.ts';
import { quantities } from '../vocabulary.ts';

export const figure5 = sweepFigure({
  name: 'figure-5',
  title: 'Inversion with the trigger at the j-th least sensitive place',
  sweep: sweeps.position,
  panels: () => [quantities.epochFound, quantities.inversionLoss],
});
