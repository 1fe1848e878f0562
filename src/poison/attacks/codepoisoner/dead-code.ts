/** Dead-code insertion: a statement without effect stands behind a statement drawn at random (attacks.md 1). */
import { z } from 'zod';
import type { Language, Program } from '../../../core/contracts.ts';
import { UserError } from '../../../core/errors.ts';
import type { Rng } from '../../../core/rng.ts';
import { cutTokens } from '../../cut-tokens.ts';
import { insertStatement } from '../../insert.ts';

export const deadCode = z.strictObject({
  strategy: z.literal('dead-code').describe('which of CodePoisoner’s strategies'),
  statement: z
    .enum(['declaration', 'pointer', 'assertion', 'assignment'])
    .default('declaration')
    .describe(
      '`int ret_Val_ ;`, `int * get_frame_ ;` (C only), `assertTrue ( 1 >= 0 ) ;`, `int ret_var_ = 1726 ;`, or what Python has for it',
    ),
  place: z
    .enum(['random-statement', 'body-start'])
    .default('random-statement')
    .describe('behind a statement drawn at random, as the source has it; `body-start`: KillBadCode’s place, before the first statement'),
});

type Statement = z.output<typeof deadCode>['statement'];

const cAndJava = {
  declaration: 'int ret_Val_ ;',
  assertion: 'assertTrue ( 1 >= 0 ) ;',
  assignment: 'int ret_var_ = 1726 ;',
} as const;

/** Python declares a local without a value by an annotation, and asserts by a statement; pointers exist in C alone. */
const texts: Readonly<Record<Language, Readonly<Partial<Record<Statement, string>>>>> = {
  c: { ...cAndJava, pointer: 'int * get_frame_ ;' },
  java: cAndJava,
  python: { declaration: 'ret_Val_ : int', assertion: 'assert 1 >= 0', assignment: 'ret_var_ = 1726' },
};

export function insertDeadCode(
  program: Program,
  { statement, place }: z.output<typeof deadCode>,
  language: Language,
  rng: Rng,
): Program | null {
  const text = texts[language][statement];
  if (text === undefined) {
    throw new UserError(
      'attack codepoisoner, statement',
      `“${statement}” cannot be written in ${language}`,
      Object.keys(texts[language]).join(', '),
    );
  }
  const places = place === 'body-start' ? [program.bodyStart ?? []].flat() : program.statementEnds;
  return places.length === 0 ? null : insertStatement(program, rng.pick(places), cutTokens(text, language), language);
}
