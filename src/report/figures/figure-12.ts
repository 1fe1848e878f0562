/** Figure 12 (RQ3): how many substitutes a place (top-k)? */
import { sweepFigure } from '../sweep-figure.ts';
import { sweeps } from '../sweep.ts';
import { quantities } from '../vocabulary.ts';

export const figure12 = sweepFigure({
  name: 'figure-12',
  title: 'Inversion with more or fewer substitutes a place',
  sweep: sweeps.topK,
  panels: ({ clean, attack }) => [clean, attack, quantities.epochFound, quantities.inversionLoss],
});
