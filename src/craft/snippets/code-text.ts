/** Code as the n-gram model reads it: tokens, and in Python a mark where a logical line ends. */
import type { Language, Program } from '../../core/contracts.ts';

/** Ends a logical line of Python, which has no token for it. */
export const LINE_END = '\n';

/** +1 for a bracket that opens, −1 for one that closes. */
export const bracketStep = (token: string): number => (/^[([{]$/.test(token) ? 1 : /^[)\]}]$/.test(token) ? -1 : 0);

/** The tokens from the beginning up to the one at `end`, line ends included: one before the token at `end` too. */
export function codeText({ tokens, gaps }: Program, language: Language, end = tokens.length): string[] {
  if (language !== 'python') return tokens.slice(0, end);
  const text: string[] = [];
  let depth = 0;
  for (let at = 0; at < end; at++) {
    if (at > 0 && depth === 0 && isLineEnd(gaps[at]!)) text.push(LINE_END);
    text.push(tokens[at]!);
    depth = Math.max(0, depth + bracketStep(tokens[at]!));
  }
  // What stands before a statement's place, or at the end of the function, is a whole line.
  return [...text, LINE_END];
}

/** A line break that no backslash takes back. */
const isLineEnd = (gap: string): boolean => /(?<!\\)\r?\n/.test(gap);
