/** Stands in for CodeT5 where its weights cannot be had: span corruption on the train-side functions of the three corpora; for a GPU. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { miniPretraining, relativeSteps } from '../axes.ts';

export default definePretraining({
  ...miniPretraining,
  ...relativeSteps,
  name: 'codet5-standin-mini',
  architecture: 't5',
  objective: 'span-corruption',
});
