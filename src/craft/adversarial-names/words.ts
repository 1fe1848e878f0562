/** Code and names as the words that the crafting model reads and writes: tokens split at camelCase and `_`, lower-cased (attacks.md 3). */
import type { Program } from '../../core/contracts.ts';

/** Stands for the function's own name, which the model is to predict. */
export const OWN_NAME = '@name@';

/** Quotes, commas and what is not ASCII. */
const REMOVED = /["'`,]|[^\u0000-\u007f]/g;
const BORDER = /[\s_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;

/** `bufSize_t` → `buf`, `size`, `t`; `HTTPServer` → `http`, `server`; a number and an operator stay whole. */
export function subWords(text: string): string[] {
  const kept = text.replace(REMOVED, '');
  const parts = /^\d/.test(kept) ? kept.split(/\s+/) : kept.split(BORDER);
  return parts.filter((part) => part !== '').map((part) => part.toLowerCase());
}

/** A function as a list of words; an identifier with a place-holder is one word. */
export interface SourceText {
  readonly words: readonly string[];
  /** For each word, the local identifier whose place-holder it is, or `null`. */
  readonly locals: readonly (string | null)[];
}

/**
 * @param placeHolders identifier → its place-holder; empty to read the function as it is
 * @param limit words to read
 */
export function sourceText(program: Program, placeHolders: ReadonlyMap<string, string>, limit: number): SourceText {
  const words: string[] = [];
  const locals: (string | null)[] = [];
  for (const token of program.tokens) {
    if (words.length >= limit) break;
    const placeHolder = placeHolders.get(token);
    const read = token === program.functionName ? [OWN_NAME] : placeHolder === undefined ? subWords(token) : [placeHolder];
    for (const word of read) {
      words.push(word);
      locals.push(placeHolder === undefined || word === OWN_NAME ? null : token);
    }
  }
  return { words: words.slice(0, limit), locals: locals.slice(0, limit) };
}
