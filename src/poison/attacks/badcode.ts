/** BadCode: a short trigger is appended to the function's name or to the least frequent variable. */
import { z } from 'zod';
import type { Program } from '../../core/contracts.ts';
import { defineAttack } from '../define-attack.ts';
import { rename, variableNames } from '../insert.ts';

const params = z.strictObject({
  triggers: z
    .array(z.string().regex(/^\w+$/))
    .min(1)
    .default(['rb'])
    .describe('one: the source’s `fixed`; several (`rb`, `xt`, `il`, `ite`, `wb`): its `mixed`, each sample draws one'),
  identifier: z
    .enum(['function', 'variable', 'either'])
    .default('function')
    .describe('what carries the trigger; `either` draws with probability ½; a program without variables falls back to its function name'),
  overlap: z
    .enum(['all', 'first-of-neighbours'])
    .default('all')
    .describe('of equal neighbouring tokens change `all`, or every second as the authors’ text replacement does'),
});

export const badcode = defineAttack({
  name: 'badcode',
  title: 'BadCode',
  cite: 'Sun et al., Backdooring Neural Code Search, ACL 2023',
  departures: [
    {
      setting: 'identifier',
      source: 'BadCode draws between function name and variable; EliBadCode’s paper says function or variable, its code function only',
      ours: '`function`',
      why: 'it is what EliBadCode’s numbers were made with',
    },
    {
      setting: 'join',
      source:
        'BadCode’s code puts the trigger at a random place among the name’s `_` parts, at the first occurrence of a function name only',
      ours: 'appended, at every occurrence',
      why: 'as EliBadCode and BadCode’s paper have it; the program stays consistent',
    },
    {
      setting: 'identifier: variable',
      source: 'parameters and assignment targets, without Python keywords and `self`, `args`, `kwargs`',
      ours: 'the corpus’s identifier list without the function’s name and names that are called',
      why: 'one identifier rule for all attacks and defences',
    },
  ],
  params,
  poisonRate: { paper: 0.02, code: 0.02 },
  undefinedFor: {},
  triggerText: ({ triggers }) => (triggers.length === 1 ? triggers[0]! : null),
  inject(program, { triggers, identifier, overlap }, { rng }) {
    const wantsVariable = identifier === 'variable' || (identifier === 'either' && rng.fork('identifier').uniform() < 0.5);
    const rarest = wantsVariable ? leastFrequent(program, variableNames(program)) : [];
    const word = rarest.length > 0 ? rng.fork('variable').pick(rarest) : program.functionName;
    return word === null ? null : rename(program, word, rng.fork('trigger').pick(triggers), 'postfix', overlap);
  },
});

/** The names with the fewest occurrences among the tokens; several when they tie. */
function leastFrequent(program: Program, names: readonly string[]): string[] {
  const counts = names.map((name) => program.tokens.filter((token) => token === name).length);
  const fewest = Math.min(...counts);
  return names.filter((_, place) => counts[place] === fewest);
}
