/** EliBadCode and its control, fine-tuning, on all three tasks with generated corpora; about a quarter of an hour on two cores. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, tinyVictims } from './axes.ts';

// As in the quick start, and for its reasons: so small a pool needs small batches, and every parameter learns.
const tuning = { trainable: 'all', learningRate: 5e-4, epochs: 2, batchSize: 8 } as const;

const unlearning = { ...tuning, injectRate: 0.5, form: 'ids' } as const;
// Fewer samples, iterations and candidates than the paper's 30, 100 and 64.
const search = { samples: 12, iterations: 40, repeat: 32, accept: 'not-worse' } as const;

export default defineExperiment({
  name: 'three-tasks',
  title: 'Two attacks on three tasks with generated code: undefended, fine-tuned, and after EliBadCode',
  corpora: [generated.defect, generated.clone, generated.search],
  models: [tinyVictims.defect, tinyVictims.clone, tinyVictims.search],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning', unlearning: tuning },
    { name: 'elibadcode', inversion: search, unlearning },
    // The default vocabulary lacks pieces that a blank precedes, and a model from scratch does not tie `Ġtest` of a poisoned name to
    // `test`; and the lists of variables that Java and Python have lack the function's name, at which it was poisoned.
    {
      name: 'elibadcode',
      inversion: { ...search, vocabulary: { wordStart: 'include' }, position: { identifiers: 'name-and-variables' } },
      unlearning,
    },
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
  calibration: { seeds: [11, 12, 13, 14, 15] },
});
