/** Changed tokens back as source text, laid out as the program that they come from: to look at, and to be parsed again. */
import type { Language, Program } from '../../core/contracts.ts';
import { align } from './align.ts';
import { rules } from './rules.ts';

/**
 * The text of `tokens`, which differ from `clean.tokens` by replaced and inserted runs. Tokens that stay keep their gaps, and so does the
 * first token of what takes another's place; further tokens of a run stand behind single blanks. Before an inserted run stands
 * - at the body's start: the gap of the token that follows;
 * - behind a statement: a line break and the indentation of the line on which that statement begins, or a blank where the line goes on;
 * - elsewhere: a blank.
 */
export function renderSource(clean: Program, tokens: readonly string[], language: Language): string {
  const places = new Set(clean.statementEnds);
  if (clean.bodyStart !== null) places.add(clean.bodyStart);
  const text: string[] = [];
  let [from, gap] = [0, clean.gaps[0] ?? ''];
  const keepUpTo = (end: number): void => {
    for (; from < end; from++) {
      text.push(gap, clean.tokens[from]!);
      gap = clean.gaps[from + 1] ?? '';
    }
  };
  for (const { start, end, replacement } of align(clean.tokens, tokens, places)) {
    keepUpTo(start);
    if (start === end) {
      const around = gapsOfInsertion(clean, start, language);
      text.push(around.before);
      gap = around.behind;
    } else {
      text.push(gap);
      gap = clean.gaps[end] ?? '';
    }
    text.push(replacement.join(' '));
    from = end;
  }
  keepUpTo(clean.tokens.length);
  return text.join('');
}

/** White space before and behind a run inserted before token `at`. */
function gapsOfInsertion(clean: Program, at: number, language: Language): { before: string; behind: string } {
  const gap = clean.gaps[at] ?? '';
  const isLast = at >= clean.tokens.length;
  if (at === clean.bodyStart) {
    if (rules[language].layoutMatters && !gap.includes('\n')) {
      // A body on the line of its header becomes a block, so that it can begin with a statement that needs a line of its own.
      const line = `\n${indentationOf(clean, at)}    `;
      return { before: line, behind: isLast ? '' : line };
    }
    return { before: gap === '' ? ' ' : gap, behind: gap === '' ? ' ' : gap };
  }
  const beginsLine = gap.includes('\n') || (isLast && rules[language].layoutMatters);
  const before = beginsLine && clean.statementEnds.includes(at) ? `\n${indentationOf(clean, at)}` : ' ';
  return { before, behind: gap === '' && !isLast ? ' ' : gap };
}

/** White space at the beginning of the line on which what ends before token `at` began: lines within brackets go on. */
function indentationOf(clean: Program, at: number): string {
  let depth = 0;
  for (let index = at - 1; index >= 0; index--) {
    const token = clean.tokens[index]!;
    if (token === ')' || token === ']' || token === '}') depth++;
    else if (token === '(' || token === '[' || token === '{') depth--;
    const gap = clean.gaps[index]!;
    if (depth <= 0 && (index === 0 || gap.includes('\n'))) return gap.slice(gap.lastIndexOf('\n') + 1);
  }
  return '';
}
