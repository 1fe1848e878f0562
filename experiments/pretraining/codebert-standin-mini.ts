/** Stands in for CodeBERT where its weights cannot be had: masked tokens on the train-side functions of the three corpora; for a GPU. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { miniPretraining } from '../axes.ts';

export default definePretraining({
  ...miniPretraining,
  name: 'codebert-standin-mini',
  architecture: 'roberta',
  objective: 'masked-tokens',
});
