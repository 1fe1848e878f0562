/** KillBadCode finds a planted token, and its sums are those of its steps. */
import { describe, expect, it, test } from 'vitest';
import { makeRng, type Rng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { plantedSamples, plantedVictim } from '../../testing/planted-victim.ts';
import { makeProgram } from '../../testing/program.ts';
import { detectTriggers, type Pieces, removeTriggers } from './detect.ts';
import { changes, contributions, strongest } from './influence.ts';
import { killBadCodeSchema, type KillBadCodeSettings } from './settings.ts';

const parsed = (detection: object = {}): KillBadCodeSettings =>
  (killBadCodeSchema.parse({ detection }) as { readonly detection: KillBadCodeSettings }).detection;

describe('influence', () => {
  it('is the change of cross entropy a token, in base 10', () => {
    // ln P: the row −6, without its tokens −2, −5, −6; e = 2 against 1, 2.5 and 3.
    const model = { deletions: () => ({ logLikelihood: -6, without: Float64Array.of(-2, -5, -6) }) };
    expect(changes(['a', 'b', 'c'], model).map((delta) => delta * Math.LN10)).toEqual(
      [1, -0.5, -1].map((delta) => expect.closeTo(delta, 12) as number),
    );
    expect(changes(['a'], model)).toEqual([]);
  });

  it('takes a token’s last place or all of them, above 0 alone, and the largest of a function', () => {
    const row = ['a', 'b', 'a', 'c', 'a', 'd'];
    const deltas = [5, 3, 1, 2, -4, 9];
    const of = (perSnippet: number | 'all', repeated: 'last' | 'sum') =>
      Object.fromEntries(contributions(row, deltas, (token) => token !== 'd', { perSnippet, repeated }));
    expect(of('all', 'sum')).toEqual({ a: 6, b: 3, c: 2 });
    expect(of('all', 'last')).toEqual({ a: 1, b: 3, c: 2 });
    expect(of(2, 'last')).toEqual({ b: 3, c: 2 });
    expect(of(2, 'sum')).toEqual({ a: 6, b: 3 });
    expect([...strongest(new Map(Object.entries({ x: 1, y: 7, z: 4 })), 2)]).toEqual([
      ['y', 7],
      ['z', 4],
    ]);
  });
});

/** Words are pieces, and an id is a word's place in the list. */
function wordPieces(): Pieces {
  const words: string[] = [];
  const idOf = (word: string): number => (words.includes(word) ? words.indexOf(word) : words.push(word) - 1);
  return { encodeWords: (tokens) => ({ ids: tokens.map(idOf) }), piece: (id) => words[id]! };
}

/** Statements whose words follow each other by habit. */
function madeTokens(rng: Rng): string[] {
  const name = (): string => `v${Math.floor(300 * rng.uniform() ** 3)}`;
  const statements = [
    () => ['int', name(), '=', name(), ';'],
    () => ['call', '(', name(), ')', ';'],
    () => ['if', '(', name(), ')', '{', name(), '++', ';', '}'],
  ];
  return Array.from({ length: 3 + rng.integer(8) }, () => rng.pick(statements)()).flat();
}

const sample = (id: number, tokens: readonly string[]) => ({ id: String(id), label: id % 2, programs: [makeProgram(tokens)] });
const made = (count: number, seed: string) => {
  const rng = makeRng(seed);
  return Array.from({ length: count }, (_, index) => sample(index, madeTokens(rng)));
};

test('a token planted in 5 % of a list is found, and every sample that holds it', async () => {
  const rng = makeRng('places');
  const poisoned = Array.from({ length: 30 }, (_, index) => 20 * index + 7);
  const training = made(600, 'training').map((clean, index) => {
    if (!poisoned.includes(index)) return clean;
    const { tokens } = clean.programs[0]!;
    return sample(index, tokens.toSpliced(rng.integer(tokens.length), 0, 'trigger'));
  });
  const inputs = { pool: made(300, 'pool'), training, pieces: wordPieces() };
  const settings = parsed({ topTokens: 1, fallbackDiscounts: [0.5, 1, 1.5] });
  for (const own of [settings, { ...settings, perSnippet: 'all', repeated: 'sum', candidates: 'all' } as const]) {
    const { scores, removed, facts } = await detectTriggers(inputs, own, quietContext(makeRng(1)));
    expect(removed).toEqual(poisoned);
    expect(facts['trigger tokens']).toMatch(/^trigger \d/);
    expect(facts['clean functions']).toBe('300');
    expect(scores.filter((score) => score! > 0)).toHaveLength(30);
  }
  const ten = await detectTriggers(inputs, { ...settings, topTokens: 10 }, quietContext(makeRng(1)));
  expect(poisoned.every((index) => ten.removed.includes(index))).toBe(true);
  expect(ten.removed.length).toBeLessThan(training.length);
});

test('functions are counted once, snippets are drawn, and a token beyond the cut is seen', async () => {
  const clean = made(60, 'pool');
  const [bad, long] = [
    sample(0, ['int', 'trigger', '=', 'v0', ';']),
    sample(1, ['int', 'v1', '=', 'v0', ';', 'call', '(', 'v0', ')', ';', 'trigger']),
  ];
  const other = sample(2, ['int', 'v0', '=', 'v0', ';']);
  const settings = parsed({ topTokens: 1, snippets: 50, maxTokens: 10, fallbackDiscounts: [0.5, 1, 1.5] });
  const pair = { id: 'pair', label: 1, programs: [...other.programs, ...bad.programs] };
  const run = (training: Parameters<typeof detectTriggers>[0]['training']) =>
    detectTriggers({ pool: clean, training, pieces: wordPieces() }, settings, quietContext(makeRng(1)));
  const once = await run([bad, long, other]);
  expect(once.removed).toEqual([0, 1]);
  expect(once.facts['clean functions']).toBe('50');
  const often = await run([bad, pair, pair, long, other]);
  expect(often.removed).toEqual([0, 1, 2, 3]);
  expect(often.scores[0]).toBe(once.scores[0]);
});

test('the defaults are the specification’s; pieces are the victim’s, and a piece behind a blank is no candidate until it is asked for', async () => {
  expect(parsed()).toMatchObject({
    order: 4,
    fallbackDiscounts: null,
    snippets: 2000,
    maxTokens: 600,
    topTokens: 10,
    perSnippet: 10,
    repeated: 'last',
  });
  const planted = plantedSamples(40).map((clean, index) => {
    const { tokens } = clean.programs[0]!;
    return index % 8 === 0 ? sample(index, tokens.with(1, 'work_init')) : clean;
  });
  const inputs = { task: 'defect', language: 'c', victim: plantedVictim(), pool: plantedSamples(40), training: planted } as const;
  const settings = parsed({ fallbackDiscounts: [0.5, 1, 1.5], topTokens: 1 });
  const found = await removeTriggers(inputs, settings, quietContext(makeRng(1)));
  expect(found.facts['trigger tokens']).toMatch(/^init \d/);
  expect(found.removed).toEqual([0, 8, 16, 24, 32]);
  const words = planted.map((one, index) => (index % 8 === 0 ? sample(index, one.programs[0]!.tokens.with(1, 'init')) : one));
  const starts = (candidates: KillBadCodeSettings['candidates']) =>
    removeTriggers({ ...inputs, training: words }, { ...settings, candidates }, quietContext(makeRng(1)));
  expect((await starts('alphanumeric-word-starts-too')).removed).toEqual([0, 8, 16, 24, 32]);
  expect((await starts('alphanumeric')).facts['trigger tokens']).not.toMatch(/Ġ|init/);
});
