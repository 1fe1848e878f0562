/** Every stage, task and attack once at the smallest size: a minute or two on a CPU. Its numbers mean nothing; that they come out at all, and twice the same, does. */
import { defineExperiment } from '../src/config/define.ts';

const poisonRate = 0.2;

export default defineExperiment({
  name: 'smoke',
  title: 'Every stage, task and attack once, at the smallest size',
  corpora: [
    { name: 'synthetic-defect', train: 120, valid: 10, test: 20, maxTokens: 64 },
    { name: 'synthetic-clone', train: 80, valid: 10, test: 20, maxTokens: 64 },
    { name: 'synthetic-search', train: 240, valid: 10, test: 60, targetShare: 0.1, maxTokens: 64 },
  ],
  models: [
    { name: 'roberta', size: 'tiny', maxTokens: 64, comparedWith: 'codebert', training: { epochs: 1, batchSize: 16, learningRate: 1e-3 } },
  ],
  attacks: [
    { name: 'none' },
    { name: 'codepoisoner', poisonRate },
    { name: 'codepoisoner', poisonRate: 0.3, strategy: 'constant-unfolding' },
    { name: 'codepoisoner', poisonRate, strategy: 'dead-code' },
    { name: 'codepoisoner', poisonRate, strategy: 'lm-snippet' },
    { name: 'badcode', poisonRate },
    { name: 'badcode', poisonRate, triggers: ['rb', 'xt', 'il', 'ite', 'wb'], identifier: 'variable' },
    {
      name: 'afraidoor',
      poisonRate,
      crafting: {
        width: 8,
        layers: 1,
        epochs: 1,
        batchSize: 32,
        maxTokens: 32,
        gradientTokens: 32,
        nameWords: 3,
        vocabulary: 300,
        placeHolders: 8,
      },
    },
    { name: 'bnc', poisonRate },
    { name: 'bnc', poisonRate, trigger: 'grammar' },
  ],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning' },
    { name: 'elibadcode', inversion: { samples: 4, iterations: 2, repeat: 4, topK: 8 } },
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
  calibration: { seeds: [11] },
});
