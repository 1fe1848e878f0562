/** ONION's scores of words, and which words go (defenses.md 4). */
import type { Program, Sample } from '../../core/contracts.ts';
import { pauseFor } from '../../core/pause.ts';
import type { StageContext } from '../../core/stage.ts';
import type { WordChange } from '../../train/index.ts';
import { type Deletions, type LanguageModel, perplexity } from '../language-model/contracts.ts';
import { openRows } from '../saved-rows.ts';
import type { SettledFilter } from './settings.ts';

/** f of each of the first words: how much the perplexity falls without it; `null` where a row is too short to have one. */
export type WordScores = readonly (number | null)[];

/** f_i = p_0 − p_i, each kept with its word, all on the original text. */
export function wordScores({ whole, without }: Deletions): WordScores {
  const before = perplexity(whole);
  return without.map((score) => {
    const after = perplexity(score);
    return before === null || after === null ? null : before - after;
  });
}

/** @param words of the text, those beyond the scored ones included @returns indices, ascending; never all */
export function removedWords(scores: WordScores, words: number, threshold: number, remove: SettledFilter['remove']): number[] {
  const goes = (score: number | null): boolean => score !== null && (remove === 'above' ? score > threshold : score >= threshold);
  const removed = [...scores.keys()].filter((word) => goes(scores[word]!));
  if (removed.length < words) return removed;
  // A text keeps a word: the least suspicious, the first among equals.
  const least = Math.min(...removed.map((word) => scores[word]!));
  const kept = removed.findIndex((word) => scores[word] === least);
  return removed.toSpliced(kept, 1);
}

export type ProgramScores = ReadonlyMap<Program, WordScores>;

type Filtered = Pick<SettledFilter, 'programs'>;

const programsOf = ({ programs }: Sample, which: Filtered['programs']): readonly Program[] =>
  which === 'all' ? programs : programs.slice(0, 1);

/** Programs scored together. */
const TOGETHER = 8;

/** Of each distinct program of the samples, which share them. */
export async function scorePrograms(
  samples: readonly (Sample | null)[],
  model: LanguageModel,
  { maxTokens, programs: which }: Filtered & Pick<SettledFilter, 'maxTokens'>,
  { signal, progress, resume }: Pick<StageContext, 'signal' | 'progress' | 'resume'>,
): Promise<ProgramScores> {
  const programs = [...new Set(samples.flatMap((sample) => (sample === null ? [] : programsOf(sample, which))))];
  const what = { name: 'word-scores', settings: [model.description, maxTokens] };
  const saved = openRows(
    resume,
    what,
    programs.map(({ tokens }) => tokens),
  );
  // An n-gram model never waits for anything: without a pause, nobody would hear Ctrl-C.
  const pause = pauseFor(signal);
  for (let first = 0; first < programs.length; first += TOGETHER) {
    if (saved.rows[first] !== undefined) continue;
    await pause();
    const rows = programs.slice(first, first + TOGETHER).map(({ tokens }) => tokens.slice(0, model.fitting(tokens, maxTokens)));
    (await model.deletions(rows)).forEach((deletions, index) => (saved.rows[first + index] = stored(wordScores(deletions))));
    progress({ phase: 'words', done: first + rows.length, total: programs.length });
    if (saved.isOverdue()) saved.save();
  }
  return new Map(programs.map((program, index) => [program, restored(saved.rows[index]!)]));
}

/** No score is no number among numbers. */
const stored = (scores: WordScores): Float64Array => Float64Array.from(scores, (score) => score ?? Number.NaN);
const restored = (row: Float64Array): WordScores => Array.from(row, (score) => (Number.isNaN(score) ? null : score));

/** The words of a sample that go. */
export function changesOf(
  sample: Sample,
  scores: ProgramScores,
  threshold: number,
  { programs: which, remove }: Filtered & Pick<SettledFilter, 'remove'>,
): WordChange[] {
  return programsOf(sample, which).flatMap((program, place) =>
    removedWords(scores.get(program)!, program.tokens.length, threshold, remove).map((word) => ({ program: place, word, ids: [] })),
  );
}

/** The largest score of a sample's words; `null`: no word has one. */
export function suspicionOf(sample: Sample, scores: ProgramScores, { programs: which }: Filtered): number | null {
  const found = programsOf(sample, which).flatMap((program) => scores.get(program)!.filter((score) => score !== null));
  return found.length === 0 ? null : found.reduce((highest, score) => Math.max(highest, score), -Infinity);
}
