/** Do longer triggers get through (Table 7)? With the undefended model that the paper leaves out; generated corpora, tiny victims. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, tinyInversion, tinyUnlearning, tinyVictims } from './axes.ts';

export default defineExperiment({
  name: 'trigger-lengths',
  title: 'Triggers of 5, 7 and 10 sub-tokens against an inversion of five, on three tasks with generated code',
  corpora: [generated.defect, generated.clone, generated.search],
  models: [tinyVictims.defect, tinyVictims.clone, tinyVictims.search],
  attacks: [
    // `testo_init`, which the paper’s other tables have.
    { name: 'codepoisoner' },
    { name: 'codepoisoner', trigger: 'testo_initRet' },
    { name: 'codepoisoner', trigger: 'testo_init_retVal' },
    { name: 'codepoisoner', trigger: 'testo_init_retVal_getFrame' },
  ],
  defenses: [{ name: 'undefended' }, { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning }],
  pool: { ratio: 0.2 },
  seeds: [1],
});
