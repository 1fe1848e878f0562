/** The smallest causal language model of code, minutes on two cores. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { tinyPretraining } from '../axes.ts';

export default definePretraining({
  ...tinyPretraining,
  name: 'code-lm-standin-tiny',
  architecture: 'gpt-bigcode',
  maxTokens: 128,
  objective: 'next-token',
  epochs: 6,
  learningRate: 2e-3,
});
