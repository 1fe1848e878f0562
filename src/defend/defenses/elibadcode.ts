/** EliBadCode (Sun et al., FSE 2025): invert the trigger, judge the model, unlearn the trigger. */
import { UserError } from '../../core/errors.ts';
import { defineDefense } from '../define.ts';
import { invert } from '../elibadcode/invert.ts';
import { eliBadCodeSchema, type EliBadCodeSettings } from '../elibadcode/settings.ts';
import { judge } from '../elibadcode/verdict.ts';
import { unlearn } from '../unlearn.ts';

export const elibadcode = defineDefense<EliBadCodeSettings>({
  name: 'elibadcode',
  title: 'EliBadCode',
  version: 1,
  at: 'model',
  cite: 'Sun et al., Eliminating Backdoors in Neural Code Models for Secure Code Understanding, FSE 2025, Article FSE063',
  undefinedFor: {},
  departures: [
    {
      setting: 'vocabulary.rule',
      source: 'paper: the language’s identifier rule; code: letters, digits and underscore',
      ours: 'word-characters',
      why: 'the paper’s own count, 15,838 pieces, is that of the code’s rule',
    },
    {
      setting: 'position.choose',
      source: 'paper: smallest change of the loss; code: largest predicted probability',
      ours: 'least-change',
      why: 'the code’s rule picks the most sensitive place for one of the two labels',
    },
    {
      setting: 'anchor.change',
      source: 'paper: absolute change; code: signed',
      ours: 'signed',
      why: 'a token whose removal lowers the loss is no part of the trigger',
    },
    {
      setting: 'anchor.onEmpty',
      source: 'code: the empty text',
      ours: 'the whole trigger, flagged',
      why: 'an empty trigger would delete function names and turn unlearning into fine-tuning without saying so',
    },
    {
      setting: 'verdict.rule',
      source: 'paper: outlier test on the labels’ losses; code: lowest loss, no verdict',
      ours: 'calibrated on clean models',
      why: 'with two labels the outlier test cannot flag anything: both indices are 0.6745',
    },
    {
      setting: 'unlearning.trainable',
      source: 'paper: last layer; code: dense and output layer of the head',
      ours: 'head',
      why: 'what the authors’ results were made with',
    },
  ],
  params: eliBadCodeSchema,
  invert: (inputs, { inversion }, context) => invert(inputs, inversion, context),
  judge: (inversion, references, { verdict }) => judge(inversion, references, verdict),
  repair(inputs, { unlearning }, context) {
    const { inversion } = inputs;
    if (inversion === null) throw new UserError('elibadcode', 'unlearning was given no inversion', 'run the inversion first');
    const { anchored, target } = inversion.options[inversion.chosen]!;
    return unlearn({ ...inputs, trigger: { text: anchored.text, target } }, unlearning, context);
  },
});
