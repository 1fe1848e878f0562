/** Every stage once at the smallest size: seconds on a CPU. Its numbers mean nothing; that they come out at all, and twice the same, does. */
import { defineExperiment } from '../src/config/define.ts';

export default defineExperiment({
  name: 'smoke',
  title: 'Every stage once, at the smallest size',
  corpora: [{ name: 'synthetic-defect', train: 160, valid: 20, test: 40 }],
  models: [{ name: 'roberta', size: 'tiny', maxTokens: 64, comparedWith: 'codebert', training: { epochs: 1, learningRate: 1e-3 } }],
  attacks: [{ name: 'none' }, { name: 'codepoisoner', poisonRate: 0.1 }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning' },
    { name: 'elibadcode', inversion: { samples: 4, iterations: 2, repeat: 4, topK: 8 } },
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
  calibration: { seeds: [11, 12] },
});
