/** EliBadCode and its control, fine-tuning, on all three tasks with generated corpora; about a quarter of an hour on two cores. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, tinyInversion, tinyTuning, tinyUnlearning, tinyVictims } from './axes.ts';

export default defineExperiment({
  name: 'three-tasks',
  title: 'Two attacks on three tasks with generated code: undefended, fine-tuned, and after EliBadCode',
  corpora: [generated.defect, generated.clone, generated.search],
  models: [tinyVictims.defect, tinyVictims.clone, tinyVictims.search],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: tinyTuning },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
    // The default vocabulary lacks pieces that a blank precedes, and a model from scratch does not tie `Ġtest` of a poisoned name to
    // `test`; and the lists of variables that Java and Python have lack the function's name, at which it was poisoned.
    {
      name: 'elibadcode',
      inversion: { ...tinyInversion, vocabulary: { wordStart: 'include' }, position: { identifiers: 'name-and-variables' } },
      unlearning: tinyUnlearning,
    },
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
  calibration: { seeds: [11, 12, 13, 14, 15] },
});
