/** Programs for tests, from blank-separated text. */
import type { Program } from '../core/contracts.ts';

/** What is left out is empty: no name, no variables, no body. */
export function makeProgram(text: string | readonly string[], given: Partial<Omit<Program, 'tokens'>> = {}): Program {
  const tokens = typeof text === 'string' ? text.split(' ') : text;
  const gaps = tokens.map((_, index) => (index === 0 ? '' : ' '));
  return { tokens, gaps, functionName: null, variables: [], locals: [], bodyStart: null, statementEnds: [], ...given };
}
