/** A sample's source lines (defenses.md 6): a model reads words joined by blanks, and each word keeps the line it stood on. */
import type { Sample } from '../../core/contracts.ts';
import type { WordChange } from '../../train/index.ts';

export interface Line {
  /** The program's place in the sample. */
  readonly program: number;
  /** Indices among the program's words, one at least. */
  readonly words: readonly number[];
  readonly isOnlyBraces: boolean;
}

/**
 * The lines that may be left out, of all programs in one list: a program of a single line has none, since no text may be left without words.
 * A word that runs over several lines stands on the one where it begins.
 */
export function linesOf({ programs }: Sample): Line[] {
  return programs.flatMap(({ tokens, gaps }, program) => {
    const lines: number[][] = [];
    gaps.forEach((gap, word) => {
      if (word === 0 || /[\n\r]/.test(gap)) lines.push([word]);
      else lines.at(-1)!.push(word);
    });
    if (lines.length === 1) return [];
    return lines.map((words) => ({ program, words, isOnlyBraces: words.every((word) => /^[{}]+$/.test(tokens[word]!)) }));
  });
}

export const withoutLine = ({ program, words }: Line): WordChange[] => words.map((word) => ({ program, word, ids: [] }));
