/** ONION's scores and removals: the vector of defenses.md 4, and a word that no language model expects. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { makeProgram } from '../../testing/program.ts';
import type { LanguageModel } from '../language-model/contracts.ts';
import { changesOf, removedWords, scorePrograms, suspicionOf, wordScores } from './words.ts';

/** Of one prediction. */
const ofPerplexity = (value: number) => ({ logLikelihood: -Math.log(value), predictions: 1 });

describe('p0 = 10, p = (9, 10, 12), threshold 0', () => {
  const scores = wordScores({ whole: ofPerplexity(10), without: [9, 10, 12].map(ofPerplexity) }).map(
    (score) => Math.round(score! * 1e9) / 1e9,
  );
  it('gives f = (1, 0, -2)', () => expect(scores).toEqual([1, 0, -2]));
  it('removes word 1 only', () => expect(removedWords(scores, 3, 0, 'above')).toEqual([0]));
  it('removes words 1 and 2 by the other rule', () => expect(removedWords(scores, 3, 0, 'at-least')).toEqual([0, 1]));
});

test('a text keeps a word, and words beyond the scored ones count as kept', () => {
  expect(removedWords([3, 1, 1, 2], 4, 0, 'above')).toEqual([0, 2, 3]);
  expect(removedWords([3, 1, 1, 2], 5, 0, 'above')).toEqual([0, 1, 2, 3]);
  expect(removedWords([5], 1, 0, 'above')).toEqual([]);
  expect(removedWords([], 0, 0, 'above')).toEqual([]);
  // No score: nothing is said against the word.
  expect(removedWords([null, 4], 2, 0, 'at-least')).toEqual([1]);
  expect(wordScores({ whole: ofPerplexity(2), without: [{ logLikelihood: 0, predictions: 0 }] })).toEqual([null]);
});

test('a higher threshold removes a part of what a lower one removes', () => {
  const scores = fc.array(fc.option(fc.double({ min: -50, max: 50, noNaN: true })), { maxLength: 8 });
  fc.assert(
    fc.property(scores, fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 30 }), (given, low, more) => {
      const [many, few] = [low, low + more].map((threshold) => removedWords(given, given.length, threshold, 'above'));
      expect(many!.length < Math.max(1, given.length)).toBe(true);
      expect(few!.every((word) => many!.includes(word))).toBe(true);
    }),
    { seed: 1 },
  );
});

/** Every word costs 1, an odd one 9; a limit counts words. */
function oddWords(asked: string[]): LanguageModel {
  const score = (row: readonly string[]) => ({
    logLikelihood: -row.reduce((sum, word) => sum + (word === 'odd' ? 9 : 1), 0),
    predictions: row.length,
  });
  return {
    description: 'made up',
    fitting: (words, limit) => Math.min(words.length, limit),
    deletions(rows) {
      asked.push(...rows.map((row) => row.join(' ')));
      return Promise.resolve(rows.map((row) => ({ whole: score(row), without: row.map((_, word) => score(row.toSpliced(word, 1))) })));
    },
    close: () => Promise.resolve(),
  };
}

test('programs are scored once, cut, and each change names its program', async () => {
  const [shared, other] = [makeProgram('a odd b odd'), makeProgram('c d')];
  const samples = [{ id: '0', label: 0, programs: [shared, other] }, null, { id: '2', label: 1, programs: [other, shared] }];
  const asked: string[] = [];
  const filter = { programs: 'all', maxTokens: 3, remove: 'above' } as const;
  const scores = await scorePrograms(samples, oddWords(asked), filter, quietContext(makeRng(1)));
  expect(asked).toEqual(['a odd b', 'c d']);
  expect(changesOf(samples[0]!, scores, 0, filter)).toEqual([{ program: 0, word: 1, ids: [] }]);
  expect(changesOf(samples[2]!, scores, 0, filter)).toEqual([{ program: 1, word: 1, ids: [] }]);
  expect(changesOf(samples[2]!, scores, 0, { ...filter, programs: 'first' })).toEqual([]);
  expect(suspicionOf(samples[2]!, scores, filter)).toBeCloseTo(Math.exp(11 / 3) - Math.exp(1), 9);
  expect(suspicionOf(samples[2]!, scores, { programs: 'first' })).toBeCloseTo(0, 9);
  expect(suspicionOf({ id: '3', label: 0, programs: [] }, scores, filter)).toBeNull();
});

test('an interrupted scoring goes on with what it saved', async () => {
  const samples = Array.from({ length: 20 }, (_, index) => ({ id: String(index), label: 0, programs: [makeProgram(`w${index} odd`)] }));
  const filter = { programs: 'all', maxTokens: 9, remove: 'above' } as const;
  const context = quietContext(makeRng(1));
  const whole = await scorePrograms(samples, oddWords([]), filter, context);

  let kept: ReadonlyMap<string, Uint8Array> | null = null;
  const [stop, asked] = [new AbortController(), [] as string[]];
  const resume = {
    load: () => kept,
    isOverdue: () => true,
    save(files: ReadonlyMap<string, Uint8Array>) {
      kept = files;
      stop.abort(new Error('stopped'));
    },
  };
  await expect(scorePrograms(samples, oddWords(asked), filter, { ...context, signal: stop.signal, resume })).rejects.toThrow('stopped');
  expect(asked).toHaveLength(8);
  const rest: string[] = [];
  const again = await scorePrograms(samples, oddWords(rest), filter, { ...context, resume });
  expect(rest).toHaveLength(12);
  expect([...again.values()]).toEqual([...whole.values()]);

  // Of other programs of one stage nothing is there, and between saves that are due nothing is written.
  const others: string[] = [];
  const eager = { ...resume, isOverdue: () => false, save: () => expect.unreachable() };
  await scorePrograms(samples.slice(4), oddWords(others), filter, { ...context, resume: eager });
  expect(others).toHaveLength(16);
});
