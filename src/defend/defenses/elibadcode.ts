/** EliBadCode (Sun et al., FSE 2025): invert the trigger, judge the model, unlearn the trigger. */
import { UserError } from '../../core/errors.ts';
import { defineDefense } from '../define.ts';
import { departures } from '../elibadcode/departures.ts';
import { invert } from '../elibadcode/invert.ts';
import { eliBadCodeSchema, type EliBadCodeSettings } from '../elibadcode/settings.ts';
import { judge } from '../elibadcode/verdict.ts';
import { unlearn } from '../unlearning/unlearn.ts';

export const elibadcode = defineDefense<EliBadCodeSettings>({
  name: 'elibadcode',
  title: 'EliBadCode',
  version: 2,
  at: 'model',
  cite: 'Sun et al., Eliminating Backdoors in Neural Code Models for Secure Code Understanding, FSE 2025, Article FSE063',
  undefinedFor: {},
  departures,
  params: eliBadCodeSchema,
  invert: (inputs, { inversion }, context) => invert(inputs, inversion, context),
  judge: (inversion, references, { verdict }) => judge(inversion, references, verdict),
  repair(inputs, { unlearning }, context) {
    const { inversion } = inputs;
    if (inversion === null) throw new UserError('elibadcode', 'unlearning was given no inversion', 'run the inversion first');
    const { anchored, target } = inversion.options[inversion.chosen]!;
    return unlearn(inputs, { text: anchored.text, ids: anchored.ids, target }, unlearning, context);
  },
});
