/** Two texts as a unified diff: lines that went and came with some context, and in them the words that changed. */

/** A piece of a line; what has no counterpart in the other text is changed. */
export interface Piece {
  readonly text: string;
  readonly isChanged: boolean;
}

export interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly pieces: readonly Piece[];
}

/** `from`, `to`: number of the first line in each text, from 1. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly DiffLine[];
}

/** Places where two lists differ: `a[aStart … aEnd)` stands for `b[bStart … bEnd)`. */
interface Change {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

export function diffOf(before: string, after: string, context = 3): Hunk[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const groups: Change[][] = [];
  for (const change of changesOf(a, b)) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && change.aStart - last.aEnd <= 2 * context) groups.at(-1)!.push(change);
    else groups.push([change]);
  }
  return groups.map((changes) => hunkOf(a, b, changes, context));
}

function hunkOf(a: readonly string[], b: readonly string[], changes: readonly Change[], context: number): Hunk {
  const [first, last] = [changes[0]!, changes.at(-1)!];
  const start = Math.max(0, first.aStart - context);
  const end = Math.min(a.length, last.aEnd + context);
  const lines: DiffLine[] = [];
  let at = start;
  const keepUpTo = (line: number): void => {
    for (; at < line; at++) lines.push({ sign: ' ', pieces: [{ text: a[at]!, isChanged: false }] });
  };
  for (const { aStart, aEnd, bStart, bEnd } of changes) {
    keepUpTo(aStart);
    const { gone, come } = markedWords(a.slice(aStart, aEnd).join('\n'), b.slice(bStart, bEnd).join('\n'));
    if (aEnd > aStart) lines.push(...linesOf('-', gone));
    if (bEnd > bStart) lines.push(...linesOf('+', come));
    at = aEnd;
  }
  keepUpTo(end);
  return { from: start + 1, to: first.bStart - (first.aStart - start) + 1, lines };
}

function markedWords(before: string, after: string): { gone: Piece[]; come: Piece[] } {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  const [gone, come]: [Piece[], Piece[]] = [[], []];
  let [i, j] = [0, 0];
  const add = (pieces: Piece[], words: readonly string[], isChanged: boolean): void => {
    if (words.length > 0) pieces.push({ text: words.join(''), isChanged });
  };
  for (const { aStart, aEnd, bStart, bEnd } of changesOf(a, b)) {
    add(gone, a.slice(i, aStart), false);
    add(come, b.slice(j, bStart), false);
    add(gone, a.slice(aStart, aEnd), true);
    add(come, b.slice(bStart, bEnd), true);
    [i, j] = [aEnd, bEnd];
  }
  add(gone, a.slice(i), false);
  add(come, b.slice(j), false);
  return { gone, come };
}

/** Words, white space and single signs: joined, they are the text. */
function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_$]+|\n|[^\S\n]+|[^\p{L}\p{N}_$\s]/gu) ?? [];
}

function linesOf(sign: '-' | '+', pieces: readonly Piece[]): DiffLine[] {
  const lines: Piece[][] = [[]];
  for (const { text, isChanged } of pieces) {
    for (const [at, part] of text.split('\n').entries()) {
      if (at > 0) lines.push([]);
      if (part !== '') lines.at(-1)!.push({ text: part, isChanged });
    }
  }
  return lines.map((own) => ({ sign, pieces: own }));
}

/** By a longest common subsequence of what lies between the common beginning and end; time and space grow as the product of its lengths. */
function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [aEnd, bEnd] = [a.length, b.length];
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) [aEnd, bEnd] = [aEnd - 1, bEnd - 1];

  // common[i][j]: length of the longest common subsequence of what is left from a[start + i] and b[start + j] on.
  const [rows, columns] = [aEnd - start, bEnd - start];
  const common = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const isSame = a[start + i] === b[start + j];
      common[i]![j] = isSame ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    const [aStart, bStart] = [start + i, start + j];
    while (i < rows || j < columns) {
      if (i < rows && j < columns && a[start + i] === b[start + j]) break;
      if (i < rows && (j === columns || common[i + 1]![j]! >= common[i]![j + 1]!)) i++;
      else j++;
    }
    if (start + i > aStart || start + j > bStart) changes.push({ aStart, aEnd: start + i, bStart, bEnd: start + j });
    while (i < rows && j < columns && a[start + i] === b[start + j]) [i, j] = [i + 1, j + 1];
  }
  return changes;
}
