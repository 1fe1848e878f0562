/** EliBadCode (Sun et al., FSE 2025): invert the trigger, judge the model, unlearn the trigger. */
import { UserError } from '../../core/errors.ts';
import { defineDefense } from '../define.ts';
import { departures } from '../elibadcode/departures.ts';
import { invertLabels } from '../elibadcode/invert.ts';
import { invertJointly } from '../elibadcode/joint/invert.ts';
import { eliBadCodeSchema, type EliBadCodeSettings } from '../elibadcode/settings.ts';
import { defendTasks } from '../tasks/index.ts';
import { judge } from '../elibadcode/verdict.ts';
import { type Settled, settleTuning } from '../unlearning/settings.ts';
import { unlearn } from '../unlearning/unlearn.ts';

/** What the phases are given. */
type Given = EliBadCodeSettings & { readonly unlearning: Settled<EliBadCodeSettings['unlearning']> };

const inverters = { label: invertLabels, query: invertJointly } as const;

export const elibadcode = defineDefense<Given>({
  name: 'elibadcode',
  title: 'EliBadCode',
  version: 3,
  at: 'model',
  cite: 'Sun et al., Eliminating Backdoors in Neural Code Models for Secure Code Understanding, FSE 2025, Article FSE063',
  undefinedFor: {},
  departures,
  params: eliBadCodeSchema,
  settle: (params: EliBadCodeSettings, task) => ({ ...params, unlearning: settleTuning(params.unlearning, defendTasks[task]) }),
  invert: (inputs, { inversion }, context) => inverters[defendTasks[inputs.task].leadsTo](inputs, inversion, context),
  judge: (inversion, references, { verdict }) => judge(inversion, references, verdict),
  repair(inputs, { unlearning }, context) {
    const { inversion } = inputs;
    if (inversion === null) throw new UserError('elibadcode', 'unlearning was given no inversion', 'run the inversion first');
    const { anchored, target, query } = inversion.options[inversion.chosen]!;
    const leadsTo = { label: target, query: query === null ? null : [query.text, ...query.pieces] };
    return unlearn(inputs, { text: anchored.text, ids: anchored.ids, target: leadsTo }, unlearning, context);
  },
});
