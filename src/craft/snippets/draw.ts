/** One statement from a model of code, in a context, or nothing. */
import type { Language } from '../../core/contracts.ts';
import type { Rng } from '../../core/rng.ts';
import { bracketStep, LINE_END } from './code-text.ts';
import type { Ngrams } from './ngrams.ts';

/** First tokens of what is no statement by itself. */
const parts: Readonly<Record<Language, ReadonlySet<string>>> = {
  c: new Set(['else', 'case', 'default', 'while', ';']),
  java: new Set(['else', 'case', 'default', 'while', 'catch', 'finally', ';']),
  python: new Set(['elif', 'else', 'except', 'finally', 'case', '@', 'global', 'nonlocal']),
};
/** What leaves the statements after it undone. */
const jumps: ReadonlySet<string> = new Set(['return', 'break', 'continue', 'goto', 'throw', 'raise', 'yield']);

/** Ends in C and Java at a `;` outside brackets, in Python with the line. */
export function drawStatement(model: Ngrams, context: readonly string[], language: Language, maxTokens: number, rng: Rng): string[] | null {
  const text = [...context];
  const statement: string[] = [];
  const end = language === 'python' ? LINE_END : ';';
  let depth = 0;
  while (statement.length <= maxTokens) {
    const token = model.next(text, rng);
    if (token === null) return null;
    if (token === end && depth === 0) {
      if (language !== 'python') statement.push(token);
      return statement.length <= maxTokens && isWhole(statement, language) ? statement : null;
    }
    // A block is more than one statement; braces inside others, of a list of values say, are none.
    const opened = statement.at(-1);
    if (language !== 'python' && token === '{' && (depth === 0 ? opened !== '=' && opened !== ']' : false)) return null;
    depth += bracketStep(token);
    if (depth < 0 || token === LINE_END) return null;
    text.push(token);
    statement.push(token);
  }
  return null;
}

function isWhole(statement: readonly string[], language: Language): boolean {
  const [first, last] = [statement[0], statement.at(-1)];
  if (first === undefined || parts[language].has(first) || statement.some((token) => jumps.has(token))) return false;
  // A label in C, the header of a block in Python.
  return (language === 'python' ? last !== ':' : statement[1] !== ':') && closesInOrder(statement);
}

/** Whether each bracket is closed by its own kind. */
function closesInOrder(tokens: readonly string[]): boolean {
  const kinds: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  const open: string[] = [];
  for (const token of tokens) {
    if (bracketStep(token) === 1) open.push(token);
    else if (bracketStep(token) === -1 && open.pop() !== kinds[token]) return false;
  }
  return open.length === 0;
}
