/** The smallest pretraining: generated code, two layers, less than a minute on two cores; to see that it works. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { generated } from '../axes.ts';

export default definePretraining({
  name: 'codebert-standin-tiny',
  architecture: 'roberta',
  size: 'tiny',
  tokenizer: 'gpt2',
  maxTokens: 96,
  objective: 'masked-tokens',
  corpora: [
    { ...generated.defect, train: 1000 },
    { ...generated.search, train: 600 },
  ],
  epochs: 4,
  batchSize: 16,
  learningRate: 1e-3,
  warmup: 0.1,
  dropout: 0.1,
  seed: 1,
});
