/** Where DBS' default values and rules depart from its authors' code (own) and from EliBadCode's (defenses.md 1), and why. */
import type { Departure } from '../../core/contracts.ts';

export const departures: readonly Departure[] = [
  {
    setting: 'inversion.triggerTokens, epochs',
    source: 'own: 10 tokens, 200 epochs; EliBadCode’s code: 5 and 100',
    ours: '5 and 100',
    why: 'the comparison that is reproduced; triggers as long as EliBadCode’s',
  },
  {
    setting: 'inversion.samples',
    source: 'own: 20 a model; EliBadCode’s code: the first 10 of the victim label',
    ours: '10 of each victim label, drawn from the pool by the seed',
    why: 'seeds vary the draw; too few are an error',
  },
  {
    setting: 'inversion.positions',
    source: 'own: 1 and 50; EliBadCode’s code: 1, the second place skipped',
    ours: '1; a row too short for a place carries the trigger at index 1, counted',
    why: 'after the padding the trigger would stand outside the text',
  },
  {
    setting: 'inversion.targets',
    source: 'EliBadCode’s code skips label 1 as target',
    ours: 'all labels',
    why: 'it would be told the answer',
  },
  {
    setting: 'inversion.rollbackLimit',
    source: 'EliBadCode’s code reads it and does not use it',
    ours: '5, as own',
    why: 'without it a barrier that is too low never rises',
  },
  {
    setting: 'inversion.discrete',
    source: 'EliBadCode’s code: any lower loss is the best, one-hot or not',
    ours: 'own rule; where it never fires, the tokens of the lowest loss, flagged notDiscrete',
    why: 'the loss of a mixture is not that of its most probable tokens',
  },
  {
    setting: 'inversion, the options’ losses',
    source: 'the loss of the soft trigger',
    ours: 'computed anew with the tokens themselves; equal for a discrete trigger but for the slack',
    why: 'an option that never became discrete would win by a loss that no text has',
  },
  {
    setting: 'inversion.vocabulary.rule: all',
    source: 'the whole vocabulary',
    ours: 'the whole vocabulary without special tokens',
    why: 'a padding or separator token in the trigger would change what the row is, not what it says',
  },
  {
    setting: 'benign reference',
    source: 'own: max(loss of a clean model − its first value, 0) is added',
    ours: 'off, as EliBadCode’s code, and not selectable',
    why: 'it needs a second, clean model, which no defence of the comparison is given',
  },
  {
    setting: 'trigger text',
    source: 'EliBadCode’s code: raw pieces, each after a blank',
    ours: 'decoded by the tokenizer, as EliBadCode’s triggers',
    why: 'the text of the very ids that were scored',
  },
  {
    setting: 'verdict.rule',
    source: 'own: loss < 0.001, set for each architecture; EliBadCode’s code: none',
    ours: 'calibrated on at least 5 clean models of the same corpus and model',
    why: 'no limit is known for these models; one rule for every defence that inverts',
  },
  {
    setting: 'unlearning',
    source: 'own: no elimination',
    ours: 'EliBadCode’s, with its defaults',
    why: 'the comparison differs in the trigger alone',
  },
];
