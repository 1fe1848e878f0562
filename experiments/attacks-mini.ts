/** The paper's three attacks on real data with four-layer victims from scratch, before and after every defence: meant for a GPU. */
import { defineExperiment } from '../src/config/define.ts';
import { miniCorpora, miniCrafting, miniTuning, miniUnlearning, miniVictims } from './axes.ts';

export default defineExperiment({
  name: 'attacks-mini',
  title: 'Three attacks on three tasks with real code, undefended and behind every defence',
  corpora: miniCorpora,
  models: [miniVictims.defect, miniVictims.clone, miniVictims.search],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }, { name: 'afraidoor', crafting: miniCrafting }],
  defenses: [
    { name: 'undefended' },
    // The control as the authors have it, and with unlearning's own settings.
    { name: 'fine-tuning' },
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
