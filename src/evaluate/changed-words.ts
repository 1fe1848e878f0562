/** Which words of a triggered sample are the trigger's: those that its clean form does not have there. */
import type { Program, Sample } from '../core/contracts.ts';
import type { Word } from './contracts.ts';

/** @param triggered `null`: the sample cannot carry the trigger */
export function changedWords(clean: Pick<Sample, 'programs'>, triggered: Pick<Sample, 'programs'> | null): Word[] {
  if (triggered === null) return [];
  return triggered.programs.flatMap((changed, program) =>
    newWords(clean.programs[program]!.tokens, changed).map((word) => ({ program, word })),
  );
}

/** Renamed: places that differ. Inserted: what stands between the beginning and the end that both share. */
function newWords(before: readonly string[], { tokens: after, gaps }: Pick<Program, 'tokens' | 'gaps'>): number[] {
  const differs = (index: number): boolean => before[index] !== after[index];
  if (before.length === after.length) return [...after.keys()].filter(differs);
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && !differs(start)) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const length = after.length - end - start;
  const first = start + end === before.length ? lineStart(start, length, after, gaps) : start;
  return [...after.keys()].slice(first, first + length);
}

/** What was inserted may begin as what follows it, and then several places give the same tokens: it is the one that begins a line. */
function lineStart(start: number, length: number, tokens: readonly string[], gaps: readonly string[]): number {
  const equal = [start];
  for (let first = start - 1; first >= 0 && tokens[first] === tokens[first + length]; first--) equal.push(first);
  return equal.find((first) => gaps[first]!.includes('\n')) ?? start;
}
