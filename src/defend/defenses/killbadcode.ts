/** KillBadCode (Sun et al., ICSE 2025): a token without which code becomes more natural is a trigger; what holds one is left out. */
import { defineDataDefense } from '../define.ts';
import { removeTriggers } from '../killbadcode/detect.ts';
import { killBadCodeSchema, type KillBadCodeSettings } from '../killbadcode/settings.ts';

export const killbadcode = defineDataDefense<{ readonly detection: KillBadCodeSettings }>()({
  name: 'killbadcode',
  title: 'KillBadCode',
  version: 1,
  cite: 'Sun et al., Show Me Your Code! Kill Code Poisoning: A Lightweight Method Based on Code Naturalness, ICSE 2025',
  // The model is never run. It is among the needs for its tokenizer, which its configuration names.
  access: 'none',
  undefinedFor: {},
  departures: [
    {
      setting: 'tokenizer',
      source: 'CodeLlama’s; CodeBERT’s tried too',
      ours: 'the victim’s',
      why: 'it is at hand, and what it makes one token the victim reads as one; of the victim nothing else is used',
    },
    {
      setting: 'detection.snippets',
      source: 'paper: 2,000 clean functions; code: 5 % of the data set',
      ours: '2,000 at most, of the clean pool; all of it where it has fewer',
      why: 'the pool is what every defence of a run is given; more than 2,000 do not help, as the paper says',
    },
    {
      setting: 'detection.candidates',
      source: 'paper: all tokens; code: pieces of a letter, then letters and digits',
      ours: 'as the code; a piece that a blank precedes is therefore none',
      why: 'where paper and code differ, the code; the other two readings are selectable',
    },
    {
      setting: 'detection.perSnippet, detection.repeated',
      source:
        'paper: every place counts, and equal tokens of a function add up; code: the last place of a token, the 10 largest of a function',
      ours: 'as the code; of a token’s places with a change above 0 the last',
      why: 'the code made the published figures; `all` with `sum` is the paper',
    },
    {
      setting: 'functions that samples share',
      source: 'not said; a pair list names each function many times',
      ours: 'each distinct function counts once, and a sample goes if any of its functions holds a trigger token; queries are not looked at',
      why: 'else functions in many pairs would choose the tokens',
    },
    {
      setting: 'score of a sample',
      source: 'none: a sample goes or stays',
      ours: 'the summed influence of the trigger tokens that it holds, 0 without one',
      why: 'a ROC curve needs a score; it does not change which samples go',
    },
    {
      setting: 'detection.fallbackDiscounts',
      source: 'KenLM, whose refusal can be overridden',
      ours: 'the same: an error, or the given discounts for orders that have none, which the record then names',
      why: 'a generated corpus may have no n-gram of some small count',
    },
  ],
  params: killBadCodeSchema,
  detect: {
    needs: ['victim', 'pool', 'training'],
    run: (inputs, { detection }, context) => removeTriggers(inputs, detection, context),
  },
});
