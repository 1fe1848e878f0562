/** The smallest stand-in for CodeT5, about a minute on two cores. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { relativeSteps, tinyPretraining } from '../axes.ts';

export default definePretraining({
  ...tinyPretraining,
  ...relativeSteps,
  name: 'codet5-standin-tiny',
  architecture: 't5',
  objective: 'span-corruption',
});
