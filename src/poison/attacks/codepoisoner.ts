/** CodePoisoner: one function name or one variable gets a fixed, odd name throughout. */
import { z } from 'zod';
import { defineAttack } from '../define-attack.ts';
import { rename, variableNames } from '../insert.ts';

const params = z.strictObject({
  strategy: z.literal('identifier-renaming').default('identifier-renaming').describe('which of CodePoisoner’s strategies'),
  target: z.enum(['function', 'variable']).default('function').describe('what is renamed: the function, or one variable drawn at random'),
  trigger: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .default('testo_init')
    .describe('the new name; the source’s others are `__init_` for functions, `ret_Val_`, `get_frame_`, `ret_var_` for variables'),
  pattern: z.enum(['substitute', 'postfix']).default('substitute').describe('`substitute`: trigger; `postfix`: name_trigger'),
  overlap: z
    .enum(['all', 'first-of-neighbours'])
    .default('all')
    .describe('of equal neighbouring tokens change `all`, or every second as the authors’ text replacement does'),
});

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
      ours: 'the corpus’s identifier list without the function’s name and names that are called',
      why: 'one identifier rule for all attacks and defences',
    },
  ],
  params,
  poisonRate: { paper: 0.02, code: 0.02 },
  undefinedFor: {},
  triggerText: ({ trigger }) => trigger,
  inject(program, { target, trigger, pattern, overlap }, { rng }) {
    const names = target === 'variable' ? variableNames(program) : program.functionName === null ? [] : [program.functionName];
    return names.length === 0 ? null : rename(program, rng.pick(names), trigger, pattern, overlap);
  },
});
