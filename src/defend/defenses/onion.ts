/** ONION (Qi et al., EMNLP 2021): remove words without which a text is more fluent (defenses.md 4). */
import { defineInputDefense } from '../define.ts';
import { removeUnexpected } from '../onion/purify.ts';
import { onionSchema, type SettledOnion, settleOnion } from '../onion/settings.ts';
import { tuneThreshold, type Tuned } from '../onion/tune.ts';

export const onion = defineInputDefense<SettledOnion, Tuned>()({
  name: 'onion',
  title: 'ONION',
  version: 1,
  cite: 'Qi et al., ONION: A Simple and Effective Defense Against Textual Backdoor Attacks, EMNLP 2021',
  // The filter asks a language model alone; a tuned threshold asks the victim's predictions once, before any input is seen.
  access: 'none',
  undefinedFor: {},
  departures: [
    {
      setting: 'languageModel',
      source: 'own: GPT-2 (code: gpt2-large); EliBadCode: CodeLlama-7B',
      ours: 'a 4-gram model of the clean pool’s programs, with modified Kneser–Ney smoothing; a causal model from a folder selectable',
      why: 'exact and cheap: n + 1 calls of a 7B model a sample are tens of hours. A word that the pool lacks is unknown to it, names of the program’s own among them',
    },
    {
      setting: 'purification.threshold',
      source: 'own: tuned, how is not said; EliBadCode’s code: 0',
      ours: '0; `tuned`: lowered from 100 in steps of 1 until the validation metric has fallen by more than 0.02, the value before',
      why: 'what the comparison used; the authors’ code prints accuracy and attack success for each threshold, of which a defender has the first alone',
    },
    {
      setting: 'score',
      source:
        'EliBadCode’s code: entropy of a class that its repository lacks, words with f ≥ 0 removed, scores of de-duplicated and sorted variants applied in order',
      ours: 'perplexity, f > 0, each score with its word; f ≥ 0 selectable',
      why: 'the method’s own',
    },
    {
      setting: 'maxTokens',
      source: 'EliBadCode’s code: inputs cut at 400 sub-tokens, in code search 256; words beyond are kept',
      ours: 'the same numbers, counted in the language model’s own tokens: words for the n-gram model. The cut text is scored as a whole text, its end predicted too',
      why: 'an n-gram model of words has no sub-tokens',
    },
    {
      setting: 'programs',
      source: 'EliBadCode’s code: the first 99 samples (code search 100), of clone pairs the first program',
      ours: 'all samples, both programs; the first alone selectable. In code search the function, never its query',
      why: 'the defender does not know which program of a pair carries a trigger',
    },
    {
      setting: 'a text of which every word would go',
      source: 'not said',
      ours: 'its least suspicious word stays',
      why: 'a model must be given something to read',
    },
  ],
  params: onionSchema,
  settle: settleOnion,
  prepare: {
    needs: ['victim', 'pool', 'validation'],
    applies: ({ purification }) => purification.threshold === 'tuned',
    run: (inputs, { preparation }, context) => tuneThreshold(inputs, preparation, context),
  },
  purify: {
    needs: ['pool'],
    run: (inputs, { purification }, context) => removeUnexpected(inputs, purification, context),
  },
});
