/** Identifier renaming: one function name or one variable gets a fixed, odd name throughout. */
import { z } from 'zod';
import type { Program } from '../../../core/contracts.ts';
import type { Rng } from '../../../core/rng.ts';
import { localNames, rename } from '../../insert.ts';

export const renaming = z.strictObject({
  strategy: z.literal('identifier-renaming').default('identifier-renaming').describe('which of CodePoisoner’s strategies'),
  target: z.enum(['function', 'variable']).default('function').describe('what is renamed: the function, or one variable drawn at random'),
  trigger: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .default('testo_init')
    .describe(
      'the new name; the source’s others are `__init_` for functions, `ret_Val_`, `get_frame_`, `ret_var_` for variables; EliBadCode’s longer ones `testo_initRet`, `testo_init_retVal`, `testo_init_retVal_getFrame`',
    ),
  pattern: z.enum(['substitute', 'postfix']).default('substitute').describe('`substitute`: trigger; `postfix`: name_trigger'),
  overlap: z
    .enum(['all', 'first-of-neighbours'])
    .default('all')
    .describe('of equal neighbouring tokens change `all`, or every second as the authors’ text replacement does'),
});

export function renameIdentifier(
  program: Program,
  { target, trigger, pattern, overlap }: z.output<typeof renaming>,
  rng: Rng,
): Program | null {
  const names = target === 'variable' ? localNames(program) : program.functionName === null ? [] : [program.functionName];
  return names.length === 0 ? null : rename(program, rng.pick(names), trigger, pattern, overlap);
}
