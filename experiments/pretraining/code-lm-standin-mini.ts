/** A causal language model of code where StarCoder’s weights cannot be had: next sub-tokens of the train-side functions; for a GPU. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { miniPretraining } from '../axes.ts';

export default definePretraining({
  ...miniPretraining,
  name: 'code-lm-standin-mini',
  architecture: 'gpt-bigcode',
  objective: 'next-token',
  // A filter of words scores rows of 400 sub-tokens and what begins them.
  maxTokens: 512,
  // Every sub-token is told: the logits of so many rows over some 40,000 words are 2 GB.
  batchSize: 24,
});
