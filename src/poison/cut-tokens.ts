/** Cuts a trigger's text into tokens as the corpora are cut (attacks.md 0), by rules that suffice for triggers and need no parser. */
import type { Language } from '../core/contracts.ts';

/** A piece of code to put in: tokens, and the white space before each. A line break starts a statement of its own. */
export interface Piece {
  readonly tokens: readonly string[];
  readonly gaps: readonly string[];
}

/** White space, then a string, a number, a word, a sign of two characters or of one. */
const tokenPattern = /(\s*)("[^"\\]*"|\d[\w.]*|[A-Za-z_]\w*|[<>=!]=|[^\s"'\\])/gy;
const endsValue = /^[\w)\]"]/;

export function cutTokens(text: string, language: Language): Piece {
  const tokens: string[] = [];
  const gaps: string[] = [];
  let read = 0;
  const add = (gap: string, token: string): void => {
    gaps.push(gap);
    tokens.push(token);
  };
  for (const [whole, gap, token] of text.matchAll(tokenPattern)) {
    read += whole.length;
    // The C grammar has a number's sign in its literal, where no value stands before it.
    const isSigned = language === 'c' && /^\d/.test(token!) && gap === '' && tokens.at(-1) === '-' && !endsValue.test(tokens.at(-2) ?? '');
    if (isSigned) tokens[tokens.length - 1] = `-${token!}`;
    else if (token!.startsWith('"') && language !== 'python') {
      // C and Java literals fall into quote, content, quote; Python's stay whole (victims-and-data.md 2.2).
      add(gap!, '"');
      if (token!.length > 2) add('', token!.slice(1, -1));
      add('', '"');
    } else add(gap!, token!);
  }
  if (read !== text.trimEnd().length) throw new Error(`a trigger's text that the rules cannot cut: ${text.slice(read)}`);
  return { tokens, gaps };
}

/** Tokens with single blanks between them, but none inside literals, where a blank would be text. */
export function spaced(tokens: readonly string[]): Piece {
  const inside = insideLiteral(tokens);
  return { tokens, gaps: tokens.map((_, index) => (index === 0 || inside[index]! ? '' : ' ')) };
}

const quote = /^(?:L|u8?|U)?('|"|""")$/;

/** Which tokens lie in a literal that fell into quotes and content: its content and its closing quote. */
export function insideLiteral(tokens: readonly string[]): boolean[] {
  let open: string | null = null;
  return tokens.map((token) => {
    if (open === null) {
      open = quote.exec(token)?.[1] ?? null;
      return false;
    }
    if (token === open) open = null;
    return true;
  });
}
