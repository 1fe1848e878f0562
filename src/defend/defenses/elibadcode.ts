/** EliBadCode (Sun et al., FSE 2025): invert the trigger, judge the model, unlearn the trigger. */
import { defineModelDefense } from '../define.ts';
import { departures } from '../elibadcode/departures.ts';
import { invertLabels } from '../elibadcode/invert.ts';
import { invertJointly } from '../elibadcode/joint/invert.ts';
import { dropSimilar } from '../elibadcode/similar-tokens.ts';
import { eliBadCodeSchema, type EliBadCodeSettings } from '../elibadcode/settings.ts';
import { defendTasks } from '../tasks/index.ts';
import { judge } from '../verdict.ts';
import { type Settled, settleTuning } from '../unlearning/settings.ts';
import { unlearnInverted } from '../unlearning/unlearn.ts';

/** What the phases are given. */
type Given = EliBadCodeSettings & { readonly unlearning: Settled<EliBadCodeSettings['unlearning']> };

const inverters = { label: invertLabels, query: invertJointly } as const;

export const elibadcode = defineModelDefense<Given>()({
  name: 'elibadcode',
  title: 'EliBadCode',
  version: 3,
  cite: 'Sun et al., Eliminating Backdoors in Neural Code Models for Secure Code Understanding, FSE 2025, Article FSE063',
  access: 'weights',
  undefinedFor: {},
  departures,
  params: eliBadCodeSchema,
  settle: (params: EliBadCodeSettings, task) => ({ ...params, unlearning: settleTuning(params.unlearning, defendTasks[task]) }),
  invert: {
    needs: ['victim', 'pool'],
    run: (inputs, { inversion }, context) => inverters[defendTasks[inputs.task].leadsTo](inputs, inversion, context),
  },
  judge: (inversion, references, { verdict }) => judge(inversion, references, verdict),
  repair: {
    needs: ['victim', 'pool'],
    applies: ({ purification: { similarity, model } }) => similarity === null || model === 'unlearned',
    run: (inputs, { unlearning }, context) => unlearnInverted(inputs, inputs.inversion, unlearning, context),
  },
  purify: {
    needs: ['victim'],
    applies: ({ purification }) => purification.similarity !== null,
    run: (inputs, { purification }) => Promise.resolve(dropSimilar(inputs, purification)),
  },
});
