/** The first table: a generated corpus, a small model from scratch, two attacks, with and without a defence; minutes on two cores. */
import { defineExperiment } from '../src/config/define.ts';

// The paper's batch of 32 makes 19 steps of so small a pool, and ASR stays at 100 %: hence smaller batches, in unlearning and in
// its control. Every parameter learns: the head alone forgets the trigger too, but CodePoisoner's costs it 3 points of accuracy
// instead of 1. And the trigger goes in as the sub-tokens that were inverted: `o` is the one that counts in `Ġtest o _ init`; as
// text it would come back as another sub-token, `Ġo`, and ASR would stay at 100 %.
const tuning = { trainable: 'all', learningRate: 5e-4, epochs: 2, batchSize: 8 } as const;

export default defineExperiment({
  name: 'quickstart',
  title: 'Two attacks on a small model of generated code: undefended, fine-tuned, and after EliBadCode',
  corpora: [
    {
      name: 'synthetic-defect',
      train: 3000,
      valid: 300,
      test: 1000,
      maxTokens: 50,
      // The defects a model learns first; four more take it longer than a quick start allows.
      kinds: [
        'late-null-check',
        'use-after-free',
        'allocation-overflow',
        'late-length-check',
        'late-index-check',
        'off-by-one',
        'unchecked-result',
        'late-zero-check',
      ],
    },
  ],
  models: [
    {
      name: 'roberta',
      size: 'tiny',
      maxTokens: 96,
      comparedWith: 'codebert',
      training: { epochs: 9, batchSize: 8, learningRate: 5e-4, dropout: 0, order: 'by-length' },
    },
  ],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: tuning },
    {
      name: 'elibadcode',
      // Fewer samples, iterations and candidates than the paper's 30, 100 and 64.
      inversion: { samples: 12, iterations: 40, repeat: 32, accept: 'not-worse' },
      unlearning: { ...tuning, injectRate: 0.5, form: 'ids' },
    },
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
  calibration: { seeds: [11, 12, 13, 14, 15] },
});
