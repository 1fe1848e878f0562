/** How a trigger enters a program's tokens (attacks.md 0), and which names may carry one. */
import type { Program } from '../core/contracts.ts';

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

/** Distinct variables that occur among the tokens, in source order; the function's own name and names that are called are none. */
export function variableNames(program: Program): string[] {
  const present = new Set(program.tokens);
  const called = new Set(program.tokens.filter((_, place) => program.tokens[place + 1] === '('));
  return [...new Set(program.variables)].filter((name) => name !== program.functionName && present.has(name) && !called.has(name));
}
