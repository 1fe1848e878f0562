/** Source text to the program that attacks, models and defences see: comments off, tokens, layout, names, statements. */
import type { Language, Program } from '../../core/contracts.ts';
import { parse } from './parser.ts';
import { readProgram } from './read-program.ts';
import { rules } from './rules.ts';

/**
 * One function as a program (victims-and-data.md 2). Text that does not parse still has tokens, and no text is an error. `gaps` and `tokens`
 * joined give the text without comments, but for breaks within tokens, lines joined by a backslash, and blanks behind the last token.
 */
export function preprocess(source: string, language: Language): Promise<Program> {
  const code = rules[language].stripComments(source);
  return parse(code, language, (tree) => readProgram(tree, code, rules[language]));
}
