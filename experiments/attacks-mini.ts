/** The paper's three attacks on real data with a four-layer victim from scratch, before and after EliBadCode and its control: meant for a GPU. */
import { defineExperiment } from '../src/config/define.ts';

/** Every parameter learns, in unlearning and in its control. */
const everything = { trainable: 'all', learningRate: 2e-4 } as const;

const mini = { name: 'roberta', size: 'mini', comparedWith: 'codebert' } as const;

export default defineExperiment({
  name: 'attacks-mini',
  title: 'Three attacks on three tasks with real code: undefended, fine-tuned, and after EliBadCode',
  corpora: [
    { name: 'devign' },
    // A share of the lists, so that all victims are trained within an hour.
    { name: 'bigclonebench', train: 20_000, valid: 2000 },
    { name: 'codesearch', train: 25_000 },
  ],
  models: [
    { ...mini, tasks: ['defect'], maxTokens: 400, training: { epochs: 5, batchSize: 32, learningRate: 2e-4, order: 'by-length' } },
    { ...mini, tasks: ['clone'], maxTokens: 400, training: { epochs: 3, batchSize: 32, learningRate: 2e-4, order: 'by-length' } },
    {
      ...mini,
      tasks: ['search'],
      maxTokens: 256,
      training: { epochs: 8, batchSize: 64, learningRate: 5e-4, warmup: 0.1, order: 'by-length' },
    },
  ],
  attacks: [
    { name: 'none' },
    { name: 'codepoisoner' },
    { name: 'badcode' },
    { name: 'afraidoor', crafting: { epochs: 5, decay: 0.5, gradientTokens: 128 } },
  ],
  defenses: [
    { name: 'undefended' },
    // The control as the authors have it, and with unlearning's own settings.
    { name: 'fine-tuning' },
    { name: 'fine-tuning', unlearning: everything },
    { name: 'elibadcode', unlearning: { ...everything, injectRate: 0.5, form: 'ids' } },
  ],
  seeds: [1],
});
