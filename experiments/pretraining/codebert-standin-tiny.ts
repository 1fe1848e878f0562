/** The smallest pretraining, less than a minute on two cores; to see that it works. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { tinyPretraining } from '../axes.ts';

export default definePretraining({
  ...tinyPretraining,
  name: 'codebert-standin-tiny',
  architecture: 'roberta',
  objective: 'masked-tokens',
});
