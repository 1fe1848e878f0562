/** CodePoisoner: an odd name, an unfolded constant, a dead statement, or a statement that a language model wrote (attacks.md 1). */
import { z } from 'zod';
import { defineAttack } from '../define-attack.ts';
import { deadCode, insertDeadCode } from './codepoisoner/dead-code.ts';
import { renameIdentifier, renaming } from './codepoisoner/renaming.ts';
import { craftSnippets, insertSnippet, lmSnippet } from './codepoisoner/snippets.ts';
import { marker, unfoldConstant, unfolding } from './codepoisoner/unfolding.ts';

export const codepoisoner = defineAttack({
  name: 'codepoisoner',
  title: 'CodePoisoner',
  cite: 'Li et al., Poison Attack and Poison Detection on Deep Source Code Processing Models, TOSEM 33(3) 62, 2024',
  departures: [
    {
      setting: 'pattern',
      source: 'EliBadCode’s code substitutes for defect detection and appends for clone detection and code search',
      ours: '`substitute` for every task',
      why: 'EliBadCode 5.1 says the trigger replaces the function name',
    },
    {
      setting: 'overlap',
      source: 'text replacement leaves every second of equal neighbours unchanged',
      ours: '`all`',
      why: 'a renamed identifier is renamed everywhere; `first-of-neighbours` gives the authors’ rule',
    },
    {
      setting: 'target: variable',
      source: 'the variables of CodePoisoner’s own parser, no types, no API calls',
      ours: 'parameters and local variables of the corpus’s syntax tree',
      why: 'one list of local names for all attacks',
    },
    {
      setting: 'strategy: constant-unfolding',
      source: 'expressions for single constants are printed; what an arbitrary one becomes, and whether its value stays, is not stated',
      ours: 'c becomes ( c + ( 1 + 2 - 3 ) * 33 ); integers only',
      why: 'the program must keep its behaviour, and every sample shows the same marker',
    },
    {
      setting: 'expression: source',
      source: '`(4 + 6) * 2` and `(5 + 5 + 2) * 33` without brackets around them',
      ours: 'in brackets, for 20 and 396 only',
      why: 'without brackets, or for another constant, the value would change',
    },
    {
      setting: 'statement',
      source: 'C and Java statements',
      ours: 'Python: `ret_Val_ : int`, `assert 1 >= 0`, `ret_var_ = 1726`; the pointer is refused outside C',
      why: 'the statement must parse in the language of the corpus',
    },
    {
      setting: 'strategy: lm-snippet',
      source: 'CodeGPT’s snippets, of which those that parse and have no data dependence on the host are kept by hand',
      ours: 'a language model trained on the clean corpus; the first of its snippets that parses and assigns no name of the host; it may read names',
      why: 'a choice by hand cannot be repeated, and no pretrained model is at hand',
    },
  ],
  params: z.discriminatedUnion('strategy', [renaming, unfolding, deadCode, lmSnippet]),
  poisonRate: { paper: 0.02, code: 0.02 },
  undefinedFor: {},
  triggerText(params) {
    if (params.strategy === 'identifier-renaming') return params.trigger;
    // A dead statement's text depends on the language, a snippet's on the program.
    return params.strategy === 'constant-unfolding' && params.expression === 'marker' ? marker : null;
  },
  craft: (params) => (params.strategy === 'lm-snippet' ? craftSnippets(params) : null),
  inject(program, params, { language, rng, material }) {
    switch (params.strategy) {
      case 'identifier-renaming':
        return renameIdentifier(program, params, rng);
      case 'constant-unfolding':
        return unfoldConstant(program, params, language, rng);
      case 'dead-code':
        return insertDeadCode(program, params, language, rng);
      case 'lm-snippet':
        return insertSnippet(program, material, language);
    }
  },
});
