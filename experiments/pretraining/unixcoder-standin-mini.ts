/**
 * Stands in for UniXcoder where its weights cannot be had: goes on from CodeBERT's stand-in with queries and functions drawn together, and
 * masked tokens still. Both from the start leave masked tokens behind: 3.7 after six epochs, where masked tokens alone come to 1.4. For a GPU.
 */
import { definePretraining } from '../../src/config/pretraining.ts';
import { miniPretraining } from '../axes.ts';

export default definePretraining({
  ...miniPretraining,
  name: 'unixcoder-standin-mini',
  architecture: 'roberta',
  objective: 'contrastive',
  start: 'pretrained:codebert-standin-mini',
  epochs: 3,
  learningRate: 5e-4,
});
