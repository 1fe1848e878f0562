/** Scratch against the smallest stand-ins, on three tasks with generated code, clean and backdoored; `pretrain` makes the stand-ins first. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, seeds, tinyInversion, tinyTuning, tinyUnlearning, tinyVictims, withStandIns } from './axes.ts';

export default defineExperiment({
  name: 'standins',
  title: 'Scratch against stand-ins for CodeBERT, UniXcoder and CodeT5, generated code',
  corpora: [generated.defect, generated.clone, generated.search],
  models: withStandIns('tiny', tinyVictims),
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: tinyTuning },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
  ],
  pool: { ratio: 0.2 },
  seeds,
});
