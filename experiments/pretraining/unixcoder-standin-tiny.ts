/** The smallest stand-in for UniXcoder: queries and functions of generated code drawn together; about a minute on two cores. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { generated } from '../axes.ts';

export default definePretraining({
  name: 'unixcoder-standin-tiny',
  architecture: 'roberta',
  size: 'tiny',
  tokenizer: 'gpt2',
  maxTokens: 96,
  objective: 'contrastive',
  corpora: [
    { ...generated.defect, train: 400 },
    { ...generated.search, train: 1200 },
  ],
  epochs: 4,
  batchSize: 16,
  learningRate: 1e-3,
  warmup: 0.1,
  dropout: 0.1,
  seed: 1,
});
