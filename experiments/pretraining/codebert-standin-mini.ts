/** Stands in for CodeBERT where its weights cannot be had: masked tokens on the train-side functions of the three corpora; for a GPU. */
import { definePretraining } from '../../src/config/pretraining.ts';

export default definePretraining({
  name: 'codebert-standin-mini',
  architecture: 'roberta',
  size: 'mini',
  tokenizer: 'gpt2',
  maxTokens: 400,
  objective: 'masked-tokens',
  corpora: [{ name: 'devign' }, { name: 'bigclonebench' }, { name: 'codesearch', undocumented: 'drop' }],
  epochs: 30,
  batchSize: 128,
  learningRate: 1e-3,
  warmup: 0.06,
  dropout: 0.1,
  seed: 1,
});
