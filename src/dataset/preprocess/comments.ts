/** Removes comments the way the authors' code does it (victims-and-data.md 2.1), one left-to-right scan a language. */
import type { Language } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';

/**
 * Line comment, block comment, character or string literal, whichever starts first. A literal may span lines, as in the authors' code; an
 * unterminated quote or block comment matches nothing and stays text.
 */
const commentOrLiteral = /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\[^]|[^\\'])*'|"(?:\\[^]|[^\\"])*"/g;

/** C and Java: a comment becomes one blank, a literal stays. */
function blankComments(source: string): string {
  return source.replace(commentOrLiteral, (match) => (match.startsWith('/') ? ' ' : match));
}

const strippers: Partial<Readonly<Record<Language, (source: string) => string>>> = { c: blankComments, java: blankComments };

/** `source` without comments, and without the lines that are empty or blank afterwards. */
export function stripComments(source: string, language: Language): string {
  const strip = strippers[language];
  if (strip === undefined) throw new UserError('comment removal', `not defined for ${language}`, Object.keys(strippers).join(', '));
  return strip(source)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join('\n');
}
