/** Removes comments the way the authors' code does it (victims-and-data.md 2.1): the C and Java scan, and the rule about empty lines. */

/**
 * Line comment, block comment, character or string literal, whichever starts first. A literal may span lines, as in the authors' code; an
 * unterminated quote or block comment matches nothing and stays text.
 */
const commentOrLiteral = /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\[^]|[^\\'])*'|"(?:\\[^]|[^\\"])*"/g;

/** C and Java: a comment becomes one blank, a literal stays. Lines that are empty or blank afterwards go. */
export function blankComments(source: string): string {
  return dropBlankLines(source.replace(commentOrLiteral, (match) => (match.startsWith('/') ? ' ' : match)));
}

export function dropBlankLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join('\n');
}
