/** From attributions to sub-tokens that the model reads as its mask (defenses.md 5, steps 2 and 3). */
import type { Sample } from '../../core/contracts.ts';
import type { Model, WordChange } from '../../train/index.ts';

/** Scores 0..1 of each program's sub-tokens in its row, special tokens left out. */
export type TokenScores = readonly Float64Array[];

/**
 * Min–max normalised over all programs of the sample, which are one text to the model; 0 everywhere where all attributions are equal.
 * @param rows of each program a number a sub-token, the first and last of them the special ones
 */
export function normalise(rows: readonly Float64Array[]): TokenScores {
  const inner = rows.map((row) => row.subarray(1, -1));
  const [least, most] = inner.reduce<readonly [number, number]>(
    (range, row) => row.reduce<readonly [number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], range),
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return inner.map((row) => (most > least ? row.map((value) => (value - least) / (most - least)) : new Float64Array(row.length)));
}

/** Sub-tokens that a threshold masks. */
export const countMasked = (scores: TokenScores, threshold: number): number =>
  scores.reduce((sum, row) => sum + row.reduce((own, score) => own + (score > threshold ? 1 : 0), 0), 0);

/** Words with a sub-token above the threshold: that one is read as the mask, the word's others as they are. */
export function maskedWords(
  { task, tokenizer }: Pick<Model, 'task' | 'tokenizer'>,
  sample: Sample,
  scores: TokenScores,
  threshold: number,
): WordChange[] {
  const mask = tokenizer.special.mask ?? tokenizer.special.unk;
  const words = task.words(sample);
  return scores.flatMap((row, program) => {
    if (!row.some((score) => score > threshold)) return [];
    const { ids, wordOf } = tokenizer.encodeWords(words[program]!);
    // What lies beyond the row's cut has no score, and stays.
    const read = ids.map((id, piece) => ((row[piece] ?? 0) > threshold ? mask : id));
    const changed = new Set(wordOf.filter((_, piece) => (row[piece] ?? 0) > threshold));
    const spelled = new Map<number, number[]>([...changed].map((word) => [word, []]));
    wordOf.forEach((word, piece) => spelled.get(word)?.push(read[piece]!));
    return [...spelled].map(([word, own]) => ({ program, word, ids: own }));
  });
}
