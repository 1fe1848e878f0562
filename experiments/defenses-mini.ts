/** Every defence against the paper's three attacks on Devign, with the victims of `attacks-mini`: meant for a GPU. */
import { defineExperiment } from '../src/config/define.ts';
import { miniCrafting, miniTuning, miniUnlearning, miniVictims } from './axes.ts';

export default defineExperiment({
  name: 'defenses-mini',
  title: 'All defences on equal terms: three attacks on Devign',
  corpora: [{ name: 'devign' }],
  models: [miniVictims.defect],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }, { name: 'afraidoor', crafting: miniCrafting }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: miniTuning },
    { name: 'fine-pruning', unlearning: miniTuning },
    { name: 'dbs', unlearning: miniUnlearning },
    { name: 'elibadcode', unlearning: miniUnlearning },
    { name: 'onion' },
    { name: 'attdef', preparation: { validationSamples: 100 } },
    { name: 'oseql' },
    { name: 'spectral-signature' },
    { name: 'activation-clustering' },
    { name: 'killbadcode' },
  ],
  seeds: [1],
});
