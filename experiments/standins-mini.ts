/** Scratch against stand-ins of four layers, on three tasks with real code, clean and backdoored; `pretrain` makes the stand-ins first. */
import { defineExperiment } from '../src/config/define.ts';
import { miniCorpora, miniTuning, miniUnlearning, miniVictimsBriefly, seeds, withStandIns } from './axes.ts';

export default defineExperiment({
  name: 'standins-mini',
  title: 'Scratch against stand-ins for CodeBERT, UniXcoder and CodeT5, real code',
  corpora: miniCorpora,
  models: withStandIns('mini', miniVictimsBriefly),
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [{ name: 'undefended' }, { name: 'fine-tuning', unlearning: miniTuning }, { name: 'elibadcode', unlearning: miniUnlearning }],
  seeds,
});
