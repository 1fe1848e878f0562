/** How close is the inverted trigger to the true one, with and without anchoring (Table 6)? Generated corpora, tiny victims. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, tinyInversion, tinyUnlearning, tinyVictims } from './axes.ts';

export default defineExperiment({
  name: 'anchoring',
  title: 'CodePoisoner’s trigger inverted with and without anchoring, on defect and clone detection of generated code',
  corpora: [generated.defect, generated.clone],
  models: [tinyVictims.defect, tinyVictims.clone],
  attacks: [{ name: 'codepoisoner' }],
  defenses: [
    { name: 'undefended' },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
    { name: 'elibadcode', inversion: { ...tinyInversion, anchor: { enabled: false } }, unlearning: tinyUnlearning },
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
});
