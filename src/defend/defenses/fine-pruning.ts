/** Fine-pruning (Liu et al., RAID 2018): units that clean data leave dormant are pruned, the rest is fine-tuned. */
import { defineModelDefense } from '../define.ts';
import { prunedAndTuned, type Settings } from '../fine-pruning/repair.ts';
import { finePruningSchema, type FinePruningSettings } from '../fine-pruning/settings.ts';
import { defendTasks } from '../tasks/index.ts';
import { settleTuning } from '../unlearning/settings.ts';

export const finePruning = defineModelDefense<Settings>()({
  name: 'fine-pruning',
  title: 'Fine-pruning',
  version: 1,
  cite: 'Liu, Dolan-Gavitt and Garg, Fine-Pruning: Defending Against Backdooring Attacks on Deep Neural Networks, RAID 2018',
  access: 'weights',
  undefinedFor: {},
  departures: [
    {
      setting: 'pruning.site',
      source: 'Liu et al.: channels of the last convolution layer; BackdoorBench: inputs of the last linear layer',
      ours: 'feed-forward units of the last encoder layer (CodeT5: of the last decoder layer); `head-input` selectable, where there is a head',
      why: 'nobody reports it for these models: the transformer’s form is ours; means keep their sign, as written, though a vector that the head reads may be negative',
    },
    {
      setting: 'pruning.step',
      source: 'Liu et al.: one unit; BackdoorBench: 1 %',
      ours: '1 % of the units',
      why: 'each step is a pass over the validation set',
    },
    {
      setting: 'pruning.tolerance',
      source: 'Liu et al.: about 4 points of accuracy; BackdoorBench: 10 % of it',
      ours: '0.04 of the task’s own metric at p > 0.5: accuracy, F1, MRR',
      why: 'the method’s own, on the metric that the task has',
    },
    {
      setting: 'clean data',
      source: 'Liu et al.: the validation set; BackdoorBench: 5 % of the training split',
      ours: 'the pool for activations and tuning, the validation set for the tolerance',
      why: 'the pool is what every defence of a model gets',
    },
    {
      setting: 'unlearning',
      source: 'Liu et al.: every weight, as in training',
      ours: 'the settings of unlearning and of its control; pruned weights stay 0',
      why: 'what pruning adds is then seen beside fine-tuning alone',
    },
  ],
  params: finePruningSchema,
  settle: ({ unlearning, ...rest }: FinePruningSettings, task) => ({ ...rest, unlearning: settleTuning(unlearning, defendTasks[task]) }),
  invert: null,
  judge: null,
  repair: { needs: ['victim', 'pool', 'validation'], run: (inputs, settings, context) => prunedAndTuned(inputs, settings, context) },
});
