/** Real Devign with a four-layer victim from scratch: the cell of Table 1 that needs no pretrained weights. Hours on a CPU, minutes on a GPU. */
import { defineExperiment } from '../src/config/define.ts';

// Beside the paper's setting one in which every parameter learns, half of the victims carry the trigger, and the inverted
// sub-tokens go in as they are: as text they come back as others.
const everything = { trainable: 'all', learningRate: 1e-4, epochs: 3 } as const;

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
      // From scratch: a higher rate than the paper's fine-tuning of pretrained weights.
      training: { epochs: 6, batchSize: 32, learningRate: 2e-4, order: 'by-length' },
    },
  ],
  attacks: [{ name: 'none' }, { name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'undefended' },
    { name: 'fine-tuning' },
    { name: 'fine-tuning', unlearning: everything },
    { name: 'elibadcode' },
    { name: 'elibadcode', unlearning: { ...everything, injectRate: 0.5, form: 'ids' } },
  ],
  seeds: [1],
});
