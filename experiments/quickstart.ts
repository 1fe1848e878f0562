/** The first table: a generated corpus, a small model from scratch, two attacks, with and without a defence; minutes on two cores. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, tinyInversion, tinyTuning, tinyUnlearning, tinyVictims } from './axes.ts';

export default defineExperiment({
  name: 'quickstart',
  title: 'Two attacks on a small model of generated code: undefended, fine-tuned, and after EliBadCode',
  corpora: [generated.defect],
  models: [tinyVictims.defect],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: tinyTuning },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
  calibration: { seeds: [11, 12, 13, 14, 15] },
});
