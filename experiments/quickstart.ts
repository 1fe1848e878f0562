/** The first table: a generated corpus, a small model from scratch, two attacks, with and without a defence; minutes on two cores. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, tinyVictims } from './axes.ts';

// The paper's batch of 32 makes 19 steps of so small a pool, and ASR stays at 100 %: hence smaller batches, in unlearning and in
// its control. Every parameter learns: the head alone forgets the trigger too, but CodePoisoner's costs it 3 points of accuracy
// instead of 1. And the trigger goes in as the sub-tokens that were inverted: `o` is the one that counts in `Ġtest o _ init`; as
// text it would come back as another sub-token, `Ġo`, and ASR would stay at 100 %.
const tuning = { trainable: 'all', learningRate: 5e-4, epochs: 2, batchSize: 8 } as const;

export default defineExperiment({
  name: 'quickstart',
  title: 'Two attacks on a small model of generated code: undefended, fine-tuned, and after EliBadCode',
  corpora: [generated.defect],
  models: [tinyVictims.defect],
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
