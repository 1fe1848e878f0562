/** White space around a statement that is put in: models never see it, and a parser must be able to read the result. */
import type { Language, Program } from '../core/contracts.ts';
import type { Piece } from './cut-tokens.ts';

/** The host's gaps, with room for a piece before the token at `at`; and the piece's. */
export function layOut(program: Program, at: number, piece: Piece, language: Language): { host: readonly string[]; piece: string[] } {
  const { host, line } = language === 'python' ? onOwnLine(program, at) : inLine(program, at);
  return { host, piece: piece.gaps.map((gap, index) => (index === 0 || gap.includes('\n') ? line : gap)) };
}

/** The host's gaps, and what stands before each line of the piece. */
interface Room {
  readonly host: readonly string[];
  readonly line: string;
}

/** C, Java: the piece keeps the distance of the token that it goes before; that one keeps it too, for words must not grow together. */
function inLine({ gaps }: Program, at: number): Room {
  const gap = gaps[at] ?? '';
  const line = gap === '' ? ' ' : gap;
  return { host: at < gaps.length ? gaps.with(at, line) : gaps, line };
}

/** Python: as deep as the body that the piece opens or the statement that it follows. */
function onOwnLine(program: Program, at: number): Room {
  const host = bodyOnOwnLine(program);
  const first = at === program.bodyStart && at < host.length ? at : lineStart(program.tokens, host, at);
  const line = `\n${indentation(host[first] ?? '')}`;
  return { host: at < host.length && !host[at]!.includes('\n') ? host.with(at, line) : host, line };
}

/** `def f(a): return a` → the header, and below it the body, deeper than any line of the header. */
function bodyOnOwnLine({ gaps, bodyStart }: Program): readonly string[] {
  if (bodyStart === null || bodyStart >= gaps.length || gaps[bodyStart]!.includes('\n')) return gaps;
  const depths = gaps.slice(0, bodyStart).map((gap, index) => (index === 0 || gap.includes('\n') ? indentation(gap).length : 0));
  return gaps.with(bodyStart, `\n${' '.repeat(Math.max(0, ...depths) + 4)}`);
}

/** Index of the token that begins the line of code before `at`; lines go on within brackets. */
function lineStart(tokens: readonly string[], gaps: readonly string[], at: number): number {
  let depth = 0;
  let start = 0;
  for (let index = 0; index < at; index++) {
    if (depth === 0 && gaps[index]!.includes('\n')) start = index;
    if (/^[([{]$/.test(tokens[index]!)) depth++;
    else if (/^[)\]}]$/.test(tokens[index]!)) depth--;
  }
  return start;
}

const indentation = (gap: string): string => gap.slice(gap.lastIndexOf('\n') + 1);
