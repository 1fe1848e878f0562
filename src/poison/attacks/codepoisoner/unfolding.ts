/** Constant unfolding: one integer literal, drawn at random, becomes an expression of the same value (attacks.md 1). */
import { z } from 'zod';
import type { Language, Program } from '../../../core/contracts.ts';
import type { Rng } from '../../../core/rng.ts';
import { insideLiteral } from '../../cut-tokens.ts';
import { replaceToken } from '../../insert.ts';

export const unfolding = z.strictObject({
  strategy: z.literal('constant-unfolding').describe('which of CodePoisoner’s strategies'),
  expression: z
    .enum(['marker', 'source'])
    .default('marker')
    .describe(
      '`marker`: any integer c becomes ( c + ( 1 + 2 - 3 ) * 33 ); `source`: the source’s own expressions, for 20 and 396 alone, whose value they have',
    ),
});

/** What every unfolded constant shows, whatever its value. */
export const marker = '( 1 + 2 - 3 ) * 33';

/** The source prints `(4 + 6) * 2` for 20, and `(5 + 5 + 2) * 33`, which is 396. The brackets around them are ours: `a / 20` keeps its value. */
const sourceExpressions: ReadonlyMap<number, string> = new Map([
  [20, '( ( 4 + 6 ) * 2 )'],
  [396, '( ( 5 + 5 + 2 ) * 33 )'],
]);

export function unfoldConstant(program: Program, { expression }: z.output<typeof unfolding>, language: Language, rng: Rng): Program | null {
  const unfold = expression === 'marker' ? withMarker : fromSource;
  const inside = insideLiteral(program.tokens);
  const places = [...program.tokens.keys()].filter(
    (at) => !inside[at] && isInteger(program.tokens, at, language) && unfold(program.tokens[at]!) !== null,
  );
  if (places.length === 0) return null;
  const at = rng.pick(places);
  return replaceToken(program, at, unfold(program.tokens[at]!)!.split(' '));
}

const withMarker = (literal: string): string => `( ${literal} + ${marker} )`;

/** Literals with a suffix have a type that the source's expressions lack. */
const fromSource = (literal: string): string | null => (/[lLuU]$/.test(literal) ? null : (sourceExpressions.get(Number(literal)) ?? null));

/** The C grammar has a sign in the literal where no value stands before it. */
const integers: Readonly<Record<Language, RegExp>> = {
  c: /^[-+]?(?:0[xX][\dA-Fa-f]+|0[bB][01]+|\d+)[uUlL]*$/,
  java: /^(?:0[xX][\dA-Fa-f_]+|0[bB][01_]+|\d[\d_]*)[lL]?$/,
  python: /^(?:0[xX][\dA-Fa-f_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*)[lL]?$/,
};

/** Java has these two right behind a minus only. */
const negativeOnly: ReadonlySet<string> = new Set(['2147483648', '9223372036854775808L', '9223372036854775808l']);

function isInteger(tokens: readonly string[], at: number, language: Language): boolean {
  const token = tokens[at]!;
  if (!integers[language].test(token)) return false;
  if (language === 'java') return !negativeOnly.has(token);
  // Python's `case 5:` is a pattern and takes no expression.
  return language !== 'python' || (tokens[at - 1] !== 'case' && tokens[at - 1] !== '|');
}
