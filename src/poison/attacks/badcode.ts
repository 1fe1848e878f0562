/** BadCode: a short trigger is joined to the function's name or to the least frequent variable (attacks.md 2). */
import { z } from 'zod';
import type { Language, Program } from '../../core/contracts.ts';
import type { Rng } from '../../core/rng.ts';
import { defineAttack } from '../define-attack.ts';
import { localNames, rename } from '../insert.ts';

const params = z.strictObject({
  triggers: z
    .array(z.string().regex(/^\w+$/))
    .min(1)
    .default(['rb'])
    .describe('one: the source’s `fixed`; several (`rb`, `xt`, `il`, `ite`, `wb`): its `mixed`, each program draws one'),
  identifier: z
    .enum(['function', 'variable', 'either'])
    .default('function')
    .describe('what carries the trigger; `either` draws with probability ½; a program without variables falls back to its function name'),
  join: z
    .enum(['append', 'among-parts'])
    .default('append')
    .describe('name_trigger, or the trigger at a random place among the parts of the name between underscores'),
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
      source: 'BadCode’s code puts the trigger at a random place among the name’s `_` parts, EliBadCode’s and BadCode’s paper at its end',
      ours: '`append`',
      why: 'as both papers have it; `among-parts` gives BadCode’s code',
    },
    {
      setting: 'occurrences of a function’s name',
      source: 'BadCode’s code changes the first one only',
      ours: 'every occurrence',
      why: 'as EliBadCode has it; a function that calls itself stays consistent',
    },
    {
      setting: 'identifier: variable',
      source: 'parameters and assignment targets of Python, without keywords and `self`, `args`, `kwargs`',
      ours: 'parameters and local variables of the corpus’s syntax tree, in Python without those names and `cls`',
      why: 'C and Java declare what Python assigns; one list of local names for all attacks',
    },
    {
      setting: 'triggers',
      source: 'chosen for the target word of a code search',
      ours: '`rb`, that of `file`, for defect detection and clone detection too',
      why: 'these tasks have no target word',
    },
  ],
  params,
  poisonRate: { paper: 0.02, code: 0.02 },
  undefinedFor: {},
  triggerText: ({ triggers }) => (triggers.length === 1 ? triggers[0]! : null),
  inject(program, { triggers, identifier, join, overlap }, { language, rng }) {
    const wantsVariable = identifier === 'variable' || (identifier === 'either' && rng.fork('identifier').uniform() < 0.5);
    const rarest = wantsVariable ? leastFrequent(program, variableNames(program, language)) : [];
    const word = rarest.length > 0 ? rng.fork('variable').pick(rarest) : program.functionName;
    if (word === null) return null;
    const trigger = rng.fork('trigger').pick(triggers);
    return join === 'append'
      ? rename(program, word, trigger, 'postfix', overlap)
      : rename(program, word, amongParts(word, trigger, rng.fork('join')), 'substitute', overlap);
  },
});

/** Names that a Python function has by convention (BadCode's code). */
const conventional: ReadonlySet<string> = new Set(['self', 'cls', 'args', 'kwargs']);

function variableNames(program: Program, language: Language): string[] {
  return localNames(program).filter((name) => language !== 'python' || !conventional.has(name));
}

/** The names with the fewest occurrences among the tokens; several when they tie. */
function leastFrequent(program: Program, names: readonly string[]): string[] {
  const counts = names.map((name) => program.tokens.filter((token) => token === name).length);
  const fewest = Math.min(...counts);
  return names.filter((_, place) => counts[place] === fewest);
}

function amongParts(name: string, trigger: string, rng: Rng): string {
  const parts = name.split('_');
  return parts.toSpliced(rng.integer(parts.length + 1), 0, trigger).join('_');
}
