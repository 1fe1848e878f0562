/** The first table: a generated corpus, a small model from scratch, two attacks, with and without a defence; minutes on two cores. */
import { defineExperiment } from '../src/config/define.ts';

export default defineExperiment({
  name: 'quickstart',
  title: 'Two attacks on a small model of generated code: undefended, fine-tuned, and after EliBadCode',
  corpora: [{ name: 'synthetic-defect' }],
  models: [
    {
      name: 'roberta',
      size: 'tiny',
      maxTokens: 128,
      comparedWith: 'codebert',
      training: { epochs: 5, batchSize: 32, learningRate: 1e-3 },
    },
  ],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [{ name: 'undefended' }, { name: 'fine-tuning' }, { name: 'elibadcode', inversion: { iterations: 30, repeat: 32 } }],
  seeds: [1],
  calibration: { seeds: [11, 12, 13, 14, 15] },
});
