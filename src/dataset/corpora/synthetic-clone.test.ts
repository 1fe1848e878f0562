/** What the generator promises: parsable functions, balanced labels, shared functions, no shortcut to the label, behaviours one can see. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Program, Sample } from '../../core/contracts.ts';
import { makeRng, type Rng } from '../../core/rng.ts';
import { readCard } from '../card.ts';
import { parse } from '../preprocess/parser.ts';
import { expectSizes, type Splits, testRepeatability } from '../../testing/generated-corpus.ts';
import { themes, writeFunction } from './synthetic-clone/function-text.ts';
import { pairUp } from './synthetic-clone/pairs.ts';
import { makeScene, not } from './synthetic-clone/theme.ts';
import { syntheticClone } from './synthetic-clone.ts';

const load = (seed: number, given: object): Promise<Splits> =>
  syntheticClone.load(syntheticClone.params.parse(given), { rng: makeRng(seed) });
const textOf = (program: Program): string => program.tokens.join(' ');
const functionsOf = (samples: readonly Sample[]): Program[] => [...new Set(samples.flatMap((sample) => sample.programs))];
const part = (sample: Sample, place: number): string => sample.id.split('/')[place]!;

const sizes = { train: 4000, valid: 200, test: 1000 };
let splits: Splits;
beforeAll(async () => {
  splits = await load(1, sizes);
}, 120_000);

describe('the samples', () => {
  testRepeatability(load, { train: 24, valid: 2, test: 2 });
  test('sizes, balance, unique ids; the label says whether the behaviour is the same', () => {
    expectSizes(splits, sizes);
    const all = Object.values(splits).flat();
    for (const samples of Object.values(splits)) {
      expect(samples.filter((sample) => sample.label === 1)).toHaveLength(samples.length / 2);
    }
    for (const sample of all) expect(part(sample, 4) === part(sample, 5)).toBe(sample.label === 1);
    expect(new Set(all.map((sample) => part(sample, 3)))).toEqual(new Set(Object.keys(themes)));
  });
  test('pairs share functions as objects; no function twice, none in two splits', () => {
    const all = functionsOf(Object.values(splits).flat());
    expect(new Set(all.map(textOf)).size).toBe(all.length);
    expect(Object.values(splits).reduce((sum, samples) => sum + functionsOf(samples).length, 0)).toBe(all.length);
  });
  test('blocks of equal groups: each function in as many clones as other pairs', async () => {
    for (const size of [3, 5]) {
      const { train } = await load(1, { train: 4 * size * (size - 1), valid: 2, test: 2, blocks: [size, size] });
      const uses = new Map<Program, number[]>();
      for (const { label, programs } of train) for (const program of programs) uses.set(program, [...(uses.get(program) ?? []), label]);
      expect(uses.size).toBe(4 * size);
      for (const labels of uses.values()) {
        expect(labels).toHaveLength(2 * (size - 1));
        expect(labels.filter((label) => label === 1)).toHaveLength(size - 1);
      }
    }
    await expect(load(1, { ...sizes, blocks: [6, 2] })).rejects.toThrow('6 and 2 functions have more clones than other pairs');
  });
  test('lengths, names and locals', () => {
    const functions = functionsOf(splits.train);
    const lengths = functions.map(({ tokens }) => tokens.length).sort((a, b) => a - b);
    expect(lengths[0]).toBeGreaterThanOrEqual(15);
    expect(lengths.at(-1)).toBeLessThanOrEqual(96);
    expect(lengths[lengths.length / 2]).toBeGreaterThanOrEqual(40);
    expect(lengths[lengths.length / 2]).toBeLessThanOrEqual(62);
    for (const { functionName, tokens, locals, bodyStart } of functions) {
      // Triggers of the attacks (attacks.md 1, 2) must not occur in clean code.
      expect(functionName).toMatch(/^[a-z]+[A-Z][a-z]+$/);
      expect(tokens.some((token) => /testo_init|_rb$|^rb$/.test(token))).toBe(false);
      expect(locals.length).toBeGreaterThanOrEqual(1);
      expect(bodyStart).not.toBeNull();
    }
  });
  test('every function parses without an error', async () => {
    for (const [name, theme] of Object.entries(themes)) {
      for (const behaviour of Object.keys(theme.behaviours)) {
        for (let draw = 0; draw < 20; draw++) {
          const { source } = writeFunction(theme, behaviour, 0.5, makeRng(`${name}/${behaviour}/${draw}`));
          await parse(source, 'java', (tree) => expect(tree.rootNode.hasError, source).toBe(false));
        }
      }
    }
  });
  test('an odd size and an unknown theme are refused', async () => {
    await expect(load(1, { ...sizes, valid: 3 })).rejects.toThrow('synthetic-clone.valid: 3 pairs cannot be half clones');
    expect(syntheticClone.params.safeParse({ themes: ['bonds'] }).success).toBe(false);
  });
  test('the card states the defaults', () => {
    const { counts } = readCard('synthetic-clone');
    const { train, valid, test: held } = syntheticClone.params.parse({});
    expect({ train, valid, test: held }).toEqual({ train: counts.train.samples, valid: counts.valid.samples, test: counts.test.samples });
  });
});

describe('the behaviours', () => {
  test('at least 30, each with at least three implementations, all of which are drawn', () => {
    const all = Object.values(themes).flatMap((theme) => Object.entries(theme.behaviours).map((entry) => [theme, ...entry] as const));
    expect(all.length).toBeGreaterThanOrEqual(30);
    for (const [theme, behaviour, implementations] of all) {
      expect(implementations.length, behaviour).toBeGreaterThanOrEqual(3);
      const drawn = Array.from({ length: 100 }, (_, draw) => writeFunction(theme, behaviour, 0.5, makeRng(draw)).implementation);
      expect(new Set(drawn).size, behaviour).toBe(implementations.length);
    }
    // The behaviours of a theme are written in the same idioms: as many, in the same order.
    for (const { behaviours } of Object.values(themes)) {
      expect(Object.keys(behaviours)).toHaveLength(2);
      expect(new Set(Object.values(behaviours).map((list) => list.length)).size).toBe(1);
    }
  });
  test.each([
    ['a < b', 'a >= b'],
    ['x % 2 == 0', 'x % 2 != 0'],
    ['(n >> k & 1) == 1', '(n >> k & 1) != 1'],
    ['q.contains(x)', '!q.contains(x)'],
  ])('the opposite of %s', (condition, opposite) => {
    expect(not(condition)).toBe(opposite);
    expect(not(opposite)).toBe(condition);
  });
  test('a condition is written in equal forms alone', () => {
    const scene = makeScene(makeRng(1), 0.5);
    expect(new Set(Array.from({ length: 200 }, () => scene.test('a < b')))).toEqual(new Set(['a < b', 'b > a', '!(a >= b)']));
    expect(new Set(Array.from({ length: 200 }, () => scene.when('a < b', 'go();', 'continue;')))).toContain('if (a >= b) continue; go();');
  });
  test('pairs within and across groups, as many of one as of the other, none twice', () => {
    for (const [common, rare] of [
      [
        ['a', 'b', 'c'],
        ['x', 'y', 'z'],
      ],
      [
        ['a', 'b', 'c', 'd'],
        ['x', 'y'],
      ],
      [
        ['a', 'b', 'c', 'd'],
        ['x', 'y', 'z'],
      ],
    ] as const) {
      const pairs = pairUp<string>(common, rare, makeRng(1))!;
      expect(pairs).toHaveLength(common.length * (common.length - 1) + rare.length * (rare.length - 1));
      expect(pairs.map(({ label }) => label)).toEqual(pairs.map((_, place) => 1 - (place % 2)));
      const first = new Set<string>(common);
      for (const { label, left, right } of pairs) expect(first.has(left) === first.has(right)).toBe(label === 1);
      expect(new Set(pairs.map(({ left, right }) => [left, right].sort().join(''))).size).toBe(pairs.length);
    }
    expect(pairUp(['a', 'b', 'c', 'd', 'e', 'f'], ['x', 'y'], makeRng(1))).toBeNull();
  });
});

describe('the label', () => {
  const share = (a: Iterable<string>, b: Iterable<string>): number => {
    const [left, right] = [new Set(a), new Set(b)];
    const common = [...left].filter((token) => right.has(token)).length;
    return common / Math.max(1, left.size + right.size - common);
  };
  const names = ({ tokens }: Program): string[] => tokens.filter((token) => /^[a-z]\w*$/i.test(token));
  const signs = ({ tokens }: Program): string[] => tokens.filter((token) => !/\w/.test(token));
  const similarities: Readonly<Record<string, (a: Program, b: Program) => number>> = {
    'shared tokens': (a, b) => share(a.tokens, b.tokens),
    'shared signs': (a, b) => share(signs(a), signs(b)),
    'shared names': (a, b) => share(names(a), names(b)),
    'shared neighbours': (a, b) => share(bigrams(a), bigrams(b)),
    'difference of length': (a, b) => -Math.abs(a.tokens.length - b.tokens.length),
    'sum of lengths': (a, b) => a.tokens.length + b.tokens.length,
    'same name': (a, b) => Number(a.functionName === b.functionName),
  };

  test.each(Object.entries(similarities))('%s: no threshold tells clones from others', (_, measure) => {
    const rows = (samples: readonly Sample[]) =>
      samples.map(({ label, programs }) => ({ label, value: measure(programs[0]!, programs[1]!) }));
    const found = thresholdAccuracy(rows(splits.train), rows(splits.test));
    expect(found).toBeLessThanOrEqual(0.58);
  });
  test('bags of tokens of both functions: regression learns nothing', () => {
    const bag = accuracy(
      ({ programs: [a, b] }) => [...new Set(a!.tokens), ...[...new Set(b!.tokens)].map((token) => `${token} 2`)],
      splits,
      makeRng('bag'),
    );
    expect(bag).toBeLessThanOrEqual(0.58);
  });
  test('tokens in both, or in one alone: regression learns little', () => {
    const found = accuracy(({ programs: [a, b] }) => sharedTokens(a!, b!), splits, makeRng('shared'));
    expect(found).toBeLessThanOrEqual(0.6);
  });
  test('who recognises behaviours from neighbouring tokens, knows most labels', () => {
    const found = byBehaviour(splits, makeRng('behaviour'));
    expect(found).toBeGreaterThanOrEqual(0.64);
  });
});

function bigrams({ tokens }: Program): string[] {
  return tokens.slice(1).map((token, at) => `${tokens[at]!} ${token}`);
}

function sharedTokens(a: Program, b: Program): string[] {
  const [left, right] = [new Set(a.tokens), new Set(b.tokens)];
  return [...new Set([...left, ...right])].map((token) => `${token} ${left.has(token) && right.has(token) ? 'both' : 'one'}`);
}

interface Row {
  readonly label: number;
  readonly value: number;
}

/** The threshold and direction that are best on `train`, measured on `held`. */
function thresholdAccuracy(train: readonly Row[], held: readonly Row[]): number {
  const values = train.map(({ value }) => value).sort((a, b) => a - b);
  const cuts = Array.from({ length: 20 }, (_, step) => values[Math.floor((values.length * step) / 20)]!);
  const right = (rows: readonly Row[], cut: number): number =>
    rows.filter(({ label, value }) => value >= cut === (label === 1)).length / rows.length;
  const best = cuts.reduce((kept, cut) => (Math.abs(right(train, cut) - 0.5) > Math.abs(right(train, kept) - 0.5) ? cut : kept));
  return right(train, best) >= 0.5 ? right(held, best) : 1 - right(held, best);
}

/** Test accuracy of a logistic regression on the presence of features: stochastic gradient descent, a few passes. */
function accuracy(featuresOf: (sample: Sample) => readonly string[], { train, test: held }: Splits, rng: Rng): number {
  const score = fit(
    train.map((sample) => ({ label: sample.label, features: featuresOf(sample) })),
    rng,
  );
  return held.filter((sample) => score(featuresOf(sample)) > 0 === (sample.label === 1)).length / held.length;
}

interface Example {
  readonly label: number;
  readonly features: readonly string[];
}

function fit(examples: readonly Example[], rng: Rng): (features: readonly string[]) => number {
  const weights = new Map<string, number>();
  const score = (features: readonly string[]): number => features.reduce((sum, feature) => sum + (weights.get(feature) ?? 0), 0);
  for (let epoch = 0; epoch < 10; epoch++) {
    for (const { label, features } of rng.fork(epoch).shuffle(examples)) {
      const step = (0.05 * (label - 1 / (1 + Math.exp(-score(features))))) / (1 + epoch / 3);
      for (const feature of features) weights.set(feature, (weights.get(feature) ?? 0) + step);
    }
  }
  return score;
}

/** One regression a theme tells its behaviours apart by pairs of tokens at most four apart; a pair is a clone if both get the same. */
function byBehaviour({ train, test: held }: Splits, rng: Rng): number {
  const examples = new Map<string, { program: Program; behaviour: string }[]>();
  const known = new Set<Program>();
  const eachOf = (sample: Sample) => sample.programs.map((program, side) => ({ program, behaviour: part(sample, 4 + side) }));
  for (const sample of train) {
    for (const example of eachOf(sample)) {
      if (!known.has(example.program)) examples.set(part(sample, 3), [...(examples.get(part(sample, 3)) ?? []), example]);
      known.add(example.program);
    }
  }
  const scorers = new Map<string, (features: readonly string[]) => number>();
  for (const [theme, list] of examples) {
    for (const name of Object.keys(themes[theme]!.behaviours)) {
      const rows = list.map(({ program, behaviour }) => ({ label: Number(behaviour === name), features: near(program) }));
      scorers.set(`${theme}/${name}`, fit(rows, rng.fork(theme).fork(name)));
    }
  }
  const right = held.filter((sample) => {
    const names = Object.keys(themes[part(sample, 3)]!.behaviours);
    const guesses = sample.programs.map((program) => {
      const features = near(program);
      const scores = names.map((name) => scorers.get(`${part(sample, 3)}/${name}`)!(features));
      return scores.indexOf(Math.max(...scores));
    });
    return (guesses[0] === guesses[1]) === (sample.label === 1);
  });
  return right.length / held.length;
}

/** Locals numbered as they come, then ordered pairs of tokens at most four apart. */
function near({ tokens, locals, functionName }: Program): string[] {
  const own = [...locals, functionName];
  const plain = tokens.map((token) => (own.includes(token) ? `local ${own.indexOf(token)}` : token));
  return [...new Set(plain.flatMap((token, at) => plain.slice(at + 1, at + 5).map((next, gap) => `${token} ${gap} ${next}`)))];
}
