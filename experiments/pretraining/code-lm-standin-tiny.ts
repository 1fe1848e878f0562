/** The smallest causal language model of code: generated code, two layers, minutes on two cores. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { generated } from '../axes.ts';

export default definePretraining({
  name: 'code-lm-standin-tiny',
  architecture: 'gpt-bigcode',
  size: 'tiny',
  tokenizer: 'gpt2',
  maxTokens: 128,
  objective: 'next-token',
  corpora: [
    { ...generated.defect, train: 1000 },
    { ...generated.search, train: 600 },
  ],
  epochs: 6,
  batchSize: 16,
  learningRate: 2e-3,
  warmup: 0.1,
  dropout: 0.1,
  seed: 1,
});
