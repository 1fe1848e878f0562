/** What the generator promises: parsable functions, one right answer a query, target words, and no answer without learning. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { queryWords } from '../../core/query-words.ts';
import { makeRng } from '../../core/rng.ts';
import { readCard } from '../card.ts';
import { parse } from '../preprocess/parser.ts';
import { expectSizes, type Splits, testRepeatability } from '../../testing/generated-corpus.ts';
import { actions, compose } from './synthetic-search/compose.ts';
import { fields, things } from './synthetic-search/lexicon.ts';
import { modifiers } from './synthetic-search/modifiers.ts';
import { syntheticSearch } from './synthetic-search.ts';

const load = (seed: number, given: object): Promise<Splits> =>
  syntheticSearch.load(syntheticSearch.params.parse(given), { rng: makeRng(seed) });
const codeOf = (sample: Sample): string => sample.programs[0]!.tokens.join(' ');
const meaningOf = (sample: Sample): string => sample.id.split('/').slice(3).join('/');

const sizes = { train: 3000, valid: 100, test: 400 };
let splits: Splits;
beforeAll(async () => {
  splits = await load(1, sizes);
}, 120_000);

describe('the samples', () => {
  testRepeatability(load, { train: 20, valid: 2, test: 2 });
  test('sizes, unique ids, no code twice, one meaning once a split', () => {
    expectSizes(splits, sizes);
    const all = Object.values(splits).flat();
    for (const samples of Object.values(splits)) {
      expect(new Set(samples.map(meaningOf)).size).toBe(samples.length);
    }
    expect(new Set(all.map(codeOf)).size).toBe(all.length);
    expect(all.every((sample) => sample.label === 1 && sample.programs.length === 1)).toBe(true);
  });
  test('lengths, names, variables, bodies', () => {
    const lengths = splits.train.map((sample) => sample.programs[0]!.tokens.length).sort((a, b) => a - b);
    expect(lengths[0]).toBeGreaterThanOrEqual(10);
    expect(lengths.at(-1)).toBeLessThanOrEqual(96);
    expect(lengths[lengths.length / 2]).toBeGreaterThanOrEqual(30);
    for (const { query, programs } of splits.train) {
      const [words, program] = [query!.split(' ').length, programs[0]!];
      expect(words).toBeGreaterThanOrEqual(4);
      expect(words).toBeLessThanOrEqual(12);
      // Triggers of the attacks (attacks.md 1, 2) must not occur in clean code.
      expect(program.functionName).toMatch(/^[a-z0-9]+(_[a-z]+)+$/);
      expect(program.functionName).not.toMatch(/testo_init|_(rb|xt|il|ite|wb)$/);
      expect(program.bodyStart).not.toBeNull();
    }
    expect(splits.train.filter(({ programs }) => programs[0]!.variables.length > 0).length).toBeGreaterThan(1500);
    expect(new Set(splits.train.map(({ programs }) => programs[0]!.functionName)).size).toBeGreaterThan(500);
  });
  test('the target word: the share asked for, and code that does not give it away', async () => {
    const held = (samples: readonly Sample[]): Sample[] => samples.filter(({ query }) => queryWords(query!).includes('file'));
    for (const samples of Object.values(splits)) expect(held(samples)).toHaveLength(Math.floor(samples.length * 0.05));
    expect(held((await load(1, { train: 100, valid: 2, test: 2, targetShare: 0 })).train)).toHaveLength(0);
    const opens = (sample: Sample): boolean => /\b(open|Path|os|shutil)\b/.test(codeOf(sample));
    const [withWord, without] = [held(splits.train), splits.train.filter((sample) => !held([sample]).length)];
    expect(withWord.filter(opens).length / withWord.length).toBeLessThan(0.98);
    expect(without.filter(opens).length).toBeGreaterThan(withWord.filter(opens).length);
  });
  test('every function parses without an error, and none has a docstring', async () => {
    for (let place = 0; place < 1500; place++) {
      const { source } = compose(makeRng(place));
      await parse(source, 'python', (tree) => expect(tree.rootNode.hasError, source).toBe(false));
      expect(source).not.toMatch(/"""|#/);
    }
  });
});

test('the card states the defaults', () => {
  const { counts } = readCard('synthetic-search');
  const { train, valid, test: held } = syntheticSearch.params.parse({});
  expect({ train, valid, test: held }).toEqual({ train: counts.train.samples, valid: counts.valid.samples, test: counts.test.samples });
});

describe('the concepts', () => {
  test('at least 40 actions; three wordings and three bodies each, placeholders all known', () => {
    const all = Object.values(actions).flatMap((kind) => Object.entries(kind));
    expect(all.length).toBeGreaterThanOrEqual(40);
    for (const [name, action] of all) {
      expect(new Set(action.wordings).size, name).toBeGreaterThanOrEqual(3);
      expect(new Set(action.bodies).size, name).toBeGreaterThanOrEqual(3);
      // Either every wording and every body names a field, or none does.
      const [said, coded] = [action.wordings.map((text) => text.includes('{f}')), action.bodies.map((text) => text.includes('FIELD'))];
      expect(new Set([...said, ...coded]).size, name).toBe(1);
    }
    for (const kind of Object.values(modifiers)) {
      for (const [name, { wordings, bodies }] of Object.entries(kind)) {
        expect([new Set(wordings).size, new Set(bodies).size], name).toEqual(name === 'none' ? [1, 1] : [3, 3]);
      }
    }
  });
  test('queries and code never share a word for a thing or a field', () => {
    const flat = (forms: readonly (readonly [string, string])[]): string[] =>
      forms.flatMap((form) => form.flatMap((word) => word.split(' ')));
    const asked = new Set<string>();
    const coded: string[] = [];
    for (const { query, code } of Object.values(things).flatMap((kind) => Object.values(kind))) {
      flat(query).forEach((word) => asked.add(word));
      coded.push(...flat(code));
    }
    for (const { query, code } of Object.values(fields)) {
      query.forEach((word) => asked.add(word));
      coded.push(...code);
    }
    expect(coded.filter((word) => asked.has(word))).toEqual([]);
  });
});

describe('the answer', () => {
  const words = (text: string): string[] => [...new Set(text.toLowerCase().match(/[a-z0-9]+/g) ?? [])];
  const query = (sample: Sample): string[] => words(sample.query!);
  const code = (sample: Sample): string[] => words(codeOf(sample));
  const name = (sample: Sample): string[] => words(sample.programs[0]!.functionName!);

  test('words that query and code have in common find little', () => {
    const weight = inverseFrequency(splits.train.map(code));
    const score = (asked: string[], given: Set<string>): number =>
      asked.reduce((sum, word) => sum + (given.has(word) ? weight(word) : 0), 0) /
      Math.sqrt([...given].reduce((sum, word) => sum + weight(word) ** 2, 0));
    expect(meanReciprocalRank(splits.test, query, code, score)).toBeLessThanOrEqual(0.1);
  });
  test('what was learned about pairs of words finds much; about names alone, a part', () => {
    const [whole, byName] = [code, name].map((side) => meanReciprocalRank(splits.test, query, side, learn(splits.train, query, side)));
    expect(whole).toBeGreaterThanOrEqual(0.55);
    expect(byName).toBeLessThanOrEqual(0.3);
  });
});

type Score = (asked: string[], given: Set<string>) => number;
type Side = (sample: Sample) => string[];

/** Mean reciprocal rank over all samples as a pool; equal scores count as ranked half before, half behind. */
function meanReciprocalRank(samples: readonly Sample[], query: Side, code: Side, score: Score): number {
  const given = samples.map((sample) => new Set(code(sample)));
  const ranks = samples.map((sample, own) => {
    const asked = query(sample);
    const scores = given.map((words) => score(asked, words));
    const better = scores.filter((value) => value > scores[own]!).length;
    const equal = scores.filter((value) => value === scores[own]!).length - 1;
    return 1 / (1 + better + equal / 2);
  });
  return ranks.reduce((sum, value) => sum + value, 0) / ranks.length;
}

function inverseFrequency(texts: readonly string[][]): (word: string) => number {
  const counts = new Map<string, number>();
  for (const word of texts.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (word) => Math.log((texts.length + 1) / ((counts.get(word) ?? 0) + 0.5));
}

/** Pointwise mutual information of query words and code words: each query word asks for the code word that goes with it best. */
function learn(samples: readonly Sample[], query: Side, code: Side): Score {
  const [asked, given, both] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
  const add = (counts: Map<string, number>, key: string): unknown => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const sample of samples) {
    const [left, right] = [query(sample), code(sample)];
    left.forEach((word) => add(asked, word));
    right.forEach((word) => add(given, word));
    for (const word of left) for (const other of right) add(both, `${word} ${other}`);
  }
  const ways = new Map<string, Map<string, number>>();
  for (const word of asked.keys()) {
    const row = new Map<string, number>();
    for (const [other, count] of given) {
      const together = (both.get(`${word} ${other}`) ?? 0) + 0.2;
      row.set(other, Math.log((together * samples.length) / ((asked.get(word)! + 1) * (count + 1))));
    }
    ways.set(word, row);
  }
  return (left, right) => {
    let sum = 0;
    for (const word of left) {
      const row = ways.get(word);
      if (row === undefined) continue;
      let best = -Infinity;
      for (const other of right) best = Math.max(best, row.get(other) ?? -Infinity);
      if (best > -Infinity) sum += best;
    }
    return sum;
  };
}
