/** Where a statement may stand, and the white space around it: models never see it, parsers must be able to read the result. */
import type { Language, Program } from '../core/contracts.ts';
import type { Piece } from './cut-tokens.ts';

/** The white space of a program with room for a statement: what stands before it, and between its own lines. */
interface Room {
  /** The program's own gaps; a Python body that began on its header's line has a line of its own. */
  readonly gaps: readonly string[];
  /** Before the statement. */
  readonly lead: string;
  /** Before each further line of it. */
  readonly line: string;
}

/** Indices at which a statement can be put in behind another one. */
export function statementPlaces(program: Program, language: Language): readonly number[] {
  if (language !== 'python') return program.statementEnds;
  const gaps = withOwnLine(program);
  return program.statementEnds.filter((at) => {
    if (at < gaps.length && !isLineBreak(gaps[at]!)) return false; // `a = 1; b = 2`
    // Behind `if a: b` on one line, before `else`, there is no room at all.
    return !(clauses.has(program.tokens[at] ?? '') && compound.has(program.tokens[lineStart(program, gaps, at)]!));
  });
}

const clauses: ReadonlySet<string> = new Set(['elif', 'else', 'except', 'finally']);
const compound: ReadonlySet<string> = new Set([...clauses, 'if', 'for', 'while', 'try', 'with', 'def', 'class', 'match', 'case', 'async']);

/** The piece's gaps inside the program, and the program's own gaps around it. */
export function layOut(program: Program, at: number, piece: Piece, language: Language): { around: readonly string[]; inside: string[] } {
  const { gaps, lead, line } = language === 'python' ? roomInLines(program, at) : roomBetween(program, at);
  const inside = piece.gaps.map((gap, index) => (index === 0 ? lead : isLineBreak(gap) ? line : gap));
  return { around: gaps, inside };
}

function roomBetween({ gaps }: Program, at: number): Room {
  const lead = gaps[at] === undefined || gaps[at] === '' ? ' ' : gaps[at];
  // What follows keeps its distance: two words must not grow together.
  return { gaps: gaps.map((gap, index) => (index === at ? lead : gap)), lead, line: lead };
}

/** Python: the statement has lines of its own, as deep as the body it opens or the statement it follows. */
function roomInLines(program: Program, at: number): Room {
  const gaps = withOwnLine(program);
  const depth = indentation(gaps[at === program.bodyStart ? at : lineStart(program, gaps, at)] ?? '');
  return { gaps, lead: `\n${depth}`, line: `\n${depth}` };
}

/** `def f(a): return a` → `def f(a):` and its body below, deeper than any line of the header. */
function withOwnLine({ gaps, bodyStart }: Program): readonly string[] {
  if (bodyStart === null || bodyStart >= gaps.length || isLineBreak(gaps[bodyStart]!)) return gaps;
  const deepest = gaps
    .slice(0, bodyStart)
    .filter((gap, index) => index === 0 || isLineBreak(gap))
    .map(indentation)
    .reduce((longest, one) => (one.length > longest.length ? one : longest), '');
  return gaps.with(bodyStart, `\n${deepest}    `);
}

/** Index of the token that begins the line of code before `at`: brackets and backslashes carry a line on. */
function lineStart({ tokens }: Program, gaps: readonly string[], at: number): number {
  let depth = 0;
  let start = 0;
  for (let index = 0; index < at; index++) {
    if (depth === 0 && isLineBreak(gaps[index]!)) start = index;
    if (/^[([{]$/.test(tokens[index]!)) depth++;
    else if (/^[)\]}]$/.test(tokens[index]!)) depth--;
  }
  return start;
}

const isLineBreak = (gap: string): boolean => gap.includes('\n') && !gap.includes('\\');
const indentation = (gap: string): string => gap.slice(gap.lastIndexOf('\n') + 1);
