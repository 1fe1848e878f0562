/** Real Devign with a mini victim from scratch: the cell of Table 1 that needs no pretrained weights. Hours on a CPU, minutes on a GPU. */
import { defineExperiment } from '../src/config/define.ts';
import { referenceSeeds } from './axes.ts';

export default defineExperiment({
  name: 'devign-mini',
  title: 'Devign, a four-layer model from scratch: undefended, fine-tuned, and after EliBadCode',
  corpora: [{ name: 'devign' }],
  models: [
    {
      name: 'roberta',
      size: 'mini',
      maxTokens: 400,
      comparedWith: 'codebert',
      // From scratch: a higher rate and more passes than the paper's fine-tuning of pretrained weights.
      training: { epochs: 10, batchSize: 32, learningRate: 3e-4, order: 'by-length' },
    },
  ],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [{ name: 'undefended' }, { name: 'fine-tuning' }, { name: 'elibadcode' }],
  seeds: [1],
  calibration: { seeds: referenceSeeds },
});
