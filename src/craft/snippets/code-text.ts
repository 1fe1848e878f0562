/** Code as the n-gram model reads it: tokens, and in Python a mark where a logical line ends. */
import type { Language, Program } from '../../core/contracts.ts';

/** Ends a logical line of Python, which has no token for it. */
export const LINE_END = '\n';

/** +1 for a bracket that opens, −1 for one that closes. */
export const bracketStep = (token: string): number => (/^[([{]$/.test(token) ? 1 : /^[)\]}]$/.test(token) ? -1 : 0);

/** The body up to the token at `end`, line ends included: one before that token too. Headers hold no statement. */
export function codeText({ tokens, gaps, bodyStart }: Program, language: Language, end = tokens.length): string[] {
  const start = bodyStart ?? 0;
  if (language !== 'python') return tokens.slice(start, end);
  const text: string[] = [];
  let depth = 0;
  for (let at = start; at < end; at++) {
    if (at > start && depth === 0 && isLineEnd(gaps[at]!)) text.push(LINE_END);
    text.push(tokens[at]!);
    depth = Math.max(0, depth + bracketStep(tokens[at]!));
  }
  // What stands before a statement's place, or at the end of the function, is a whole line.
  return [...text, LINE_END];
}

/** A line break that no backslash takes back. */
const isLineEnd = (gap: string): boolean => /(?<!\\)\r?\n/.test(gap);
