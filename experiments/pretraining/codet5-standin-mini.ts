/** Stands in for CodeT5 where its weights cannot be had: span corruption on the train-side functions of the three corpora; for a GPU. */
import { definePretraining } from '../../src/config/pretraining.ts';

export default definePretraining({
  name: 'codet5-standin-mini',
  architecture: 't5',
  size: 'mini',
  tokenizer: 'gpt2',
  maxTokens: 400,
  objective: 'span-corruption',
  corpora: [{ name: 'devign' }, { name: 'bigclonebench' }, { name: 'codesearch', undocumented: 'drop' }],
  epochs: 30,
  batchSize: 128,
  learningRate: 1e-3,
  warmup: 0.06,
  dropout: 0.1,
  seed: 1,
});
