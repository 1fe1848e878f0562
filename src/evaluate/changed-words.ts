/** Which words of a triggered sample are the trigger's: those that its clean form does not have there. */
import type { Sample } from '../core/contracts.ts';
import type { Word } from './contracts.ts';

/** @param triggered `null`: the sample cannot carry the trigger */
export function changedWords(clean: Pick<Sample, 'programs'>, triggered: Pick<Sample, 'programs'> | null): Word[] {
  if (triggered === null) return [];
  return triggered.programs.flatMap(({ tokens }, program) =>
    newWords(clean.programs[program]!.tokens, tokens).map((word) => ({ program, word })),
  );
}

/** Renamed: places that differ. Inserted: what stands between the beginning and the end that both share. */
function newWords(before: readonly string[], after: readonly string[]): number[] {
  const differs = (index: number): boolean => before[index] !== after[index];
  if (before.length === after.length) return [...after.keys()].filter(differs);
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && !differs(start)) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return [...after.keys()].slice(start, after.length - end);
}
