/** Verdicts of the two defences that judge models, over a population of clean and backdoored ones; generated corpus, tiny victims. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, referenceSeeds, tinyInversion, tinyUnlearning, tinyVictims } from './axes.ts';

export default defineExperiment({
  name: 'population',
  title: 'Twelve clean and twenty-four backdoored models of generated code, judged',
  corpora: [generated.defect],
  models: [tinyVictims.defect],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'dbs', unlearning: tinyUnlearning },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
  ],
  pool: { ratio: 0.2 },
  // Apart from the references' seeds.
  seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 17],
  calibration: { seeds: referenceSeeds },
});
