/** Every defence against the paper's three attacks on all three tasks, generated corpora; hours on two cores, minutes with --only. */
import { defineExperiment } from '../src/config/define.ts';
import {
  generated,
  referenceSeeds,
  seeds,
  tinyCrafting,
  tinyDiscounts,
  tinyInversion,
  tinyTuning,
  tinyUnlearning,
  tinyVictims,
} from './axes.ts';

export default defineExperiment({
  name: 'defenses',
  title: 'All defences on equal terms: three attacks on three tasks with generated code',
  corpora: [generated.defect, generated.clone, generated.search],
  models: [tinyVictims.defect, tinyVictims.clone, tinyVictims.search],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }, { name: 'afraidoor', crafting: tinyCrafting }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: tinyTuning },
    { name: 'fine-pruning', unlearning: tinyTuning },
    // Unlearning as EliBadCode's: the two differ in the trigger alone.
    { name: 'dbs', unlearning: tinyUnlearning },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
    // As in the experiment `three-tasks`, which says why.
    {
      name: 'elibadcode',
      inversion: { ...tinyInversion, vocabulary: { wordStart: 'include' }, position: { identifiers: 'name-and-variables' } },
      unlearning: tinyUnlearning,
    },
    { name: 'onion', purification: { filter: { fallbackDiscounts: tinyDiscounts } } },
    // Fifty passes a sample: a third of the validation split is enough to see a fall of two points.
    { name: 'attdef', preparation: { validationSamples: 100 } },
    { name: 'oseql' },
    { name: 'spectral-signature' },
    { name: 'activation-clustering' },
    { name: 'killbadcode', detection: { fallbackDiscounts: tinyDiscounts } },
  ],
  pool: { ratio: 0.2 },
  seeds,
  calibration: { seeds: referenceSeeds },
});
