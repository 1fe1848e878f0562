/** Real Devign with a four-layer victim from scratch: the cell of Table 1 that needs no pretrained weights. Hours on a CPU, minutes on a GPU. */
import { defineExperiment } from '../src/config/define.ts';

// The head alone cannot tell a triggered function from a clean one where training from scratch has left the encoder nothing
// but the answer; so both controls are also given every parameter, and the inverted sub-tokens as they are.
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
