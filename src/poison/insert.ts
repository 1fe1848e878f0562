/** How a trigger enters a program's tokens (attacks.md 0), and which names may carry one. */
import type { Language, Program } from '../core/contracts.ts';
import { type Piece, spaced } from './cut-tokens.ts';
import { layOut } from './layout.ts';

export type Pattern = 'substitute' | 'postfix';
export type Overlap = 'all' | 'first-of-neighbours';

/**
 * The program with every token equal to `word` replaced by `trigger` (`substitute`) or by `word_trigger` (`postfix`); `null` when
 * the word does not occur. The name and variable fields keep their clean values: they say what the sample was.
 *
 * @param overlap the authors replace ` word ` in blank-joined text, where neighbours share a blank: of a run of equal tokens only
 *   the first, third, fifth … change (`first-of-neighbours`)
 */
export function rename(program: Program, word: string, trigger: string, pattern: Pattern, overlap: Overlap): Program | null {
  if (!program.tokens.includes(word)) return null;
  const name = pattern === 'substitute' ? trigger : `${word}_${trigger}`;
  let previousChanged = false;
  const tokens = program.tokens.map((token) => {
    previousChanged = token === word && !(overlap === 'first-of-neighbours' && previousChanged);
    return previousChanged ? name : token;
  });
  return { ...program, tokens };
}

/** All occurrences of several names at once, old -> new, so that two names may change places; `null` when none occurs. */
export function renameAll(program: Program, names: ReadonlyMap<string, string>): Program | null {
  if (!program.tokens.some((token) => names.has(token))) return null;
  return { ...program, tokens: program.tokens.map((token) => names.get(token) ?? token) };
}

/** The token at `at` gives way to an expression. */
export function replaceToken(program: Program, at: number, tokens: readonly string[]): Program {
  return splice(program, at, 1, { tokens, gaps: spaced(tokens).gaps.with(0, program.gaps[at]!) });
}

/** A statement stands before the token at `at`; `at` may be the end. */
export function insertStatement(program: Program, at: number, piece: Piece, language: Language): Program {
  const gaps = layOut(program, at, piece, language);
  return splice({ ...program, gaps: gaps.host }, at, 0, { tokens: piece.tokens, gaps: gaps.piece });
}

/** What stood behind the change has moved; a place right at it is still one. */
function splice(program: Program, at: number, removed: number, { tokens, gaps }: Piece): Program {
  const moved = (index: number): number => (index > at ? index + tokens.length - removed : index);
  return {
    ...program,
    tokens: program.tokens.toSpliced(at, removed, ...tokens),
    gaps: program.gaps.toSpliced(at, removed, ...gaps),
    bodyStart: program.bodyStart === null ? null : moved(program.bodyStart),
    statementEnds: program.statementEnds.map(moved),
  };
}

/** Parameters and local variables that occur among the tokens, in source order; the function's own name is none. */
export function localNames(program: Program): string[] {
  const present = new Set(program.tokens);
  return program.locals.filter((name) => name !== program.functionName && present.has(name));
}
