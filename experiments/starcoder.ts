/** Table 8 in small: StarCoder's architecture, a causal decoder, from scratch on generated code, under Table 1's defences. */
import { defineExperiment } from '../src/config/define.ts';
import { decoder, generated, seeds, tinyDiscounts, tinyInversion, tinyTuning, tinyUnlearning, tinyVictims } from './axes.ts';

export default defineExperiment({
  name: 'starcoder',
  title: 'A causal decoder on three tasks with generated code: CodePoisoner under Table 1’s defences',
  corpora: [generated.defect, generated.clone, generated.search],
  models: Object.values(tinyVictims).map((victim) => ({ ...victim, ...decoder })),
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }],
  // Their settings are those of the experiment `defenses`, which says why.
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: tinyTuning },
    { name: 'onion', purification: { filter: { fallbackDiscounts: tinyDiscounts } } },
    { name: 'dbs', unlearning: tinyUnlearning },
    { name: 'attdef', preparation: { validationSamples: 100 } },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
  ],
  pool: { ratio: 0.2 },
  seeds,
});
