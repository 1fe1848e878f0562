/** What the generator promises: parsable functions, balanced labels, no shortcut to the label, and a label that order gives away. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng, type Rng } from '../../core/rng.ts';
import { loadParser } from '../preprocess/parser.ts';
import { expectSizes, type Splits, testRepeatability } from '../../testing/generated-corpus.ts';
import { generateTwins, recipes } from './synthetic-defect/generate.ts';
import { syntheticDefect } from './synthetic-defect.ts';

const sizes = { train: 2400, valid: 200, test: 1000, kinds: Object.keys(recipes), maxTokens: 128 };
const load = (seed: number, given = sizes): Promise<Splits> => syntheticDefect.load(given, { rng: makeRng(seed) });
const tokensOf = (sample: Sample): readonly string[] => sample.programs[0]!.tokens;

let splits: Splits;
beforeAll(async () => {
  splits = await load(1);
});

describe('the samples', () => {
  testRepeatability((seed, small) => load(seed, { ...sizes, ...small }), { train: 20, valid: 2, test: 2 });
  test('sizes, balance, unique ids and texts', () => {
    expectSizes(splits, sizes);
    const all = Object.values(splits).flat();
    for (const samples of Object.values(splits)) {
      expect(samples.filter((sample) => sample.label === 1)).toHaveLength(samples.length / 2);
    }
    expect(new Set(all.map((sample) => tokensOf(sample).join(' '))).size).toBe(all.length);
    expect(new Set(all.map((sample) => sample.id.split('/')[3]))).toEqual(new Set(Object.keys(recipes)));
  });
  test('lengths, names and variables', () => {
    const lengths = splits.train.map((sample) => tokensOf(sample).length).sort((a, b) => a - b);
    expect(lengths[0]).toBeGreaterThanOrEqual(35);
    expect(lengths.at(-1)).toBeLessThanOrEqual(130);
    const names = splits.train.map((sample) => sample.programs[0]!.functionName ?? '');
    for (const [index, name] of names.entries()) {
      // Triggers of the attacks (attacks.md 1, 2) must not occur in clean code, pieces of them may.
      expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(name).not.toMatch(/testo_init|_rb$/);
      const { tokens, variables } = splits.train[index]!.programs[0]!;
      expect(tokens.filter((token) => token === name).length).toBeLessThanOrEqual(2);
      expect(variables.length).toBeGreaterThanOrEqual(3);
      expect(variables).toContain(name);
    }
    expect(names.filter((name) => name.includes('test')).length).toBeGreaterThan(10);
    expect(names.filter((name) => name.includes('init')).length).toBeGreaterThan(10);
    expect(new Set(names).size).toBeGreaterThan(500);
  });
  test('every function parses without an error', async () => {
    const parser = await loadParser('c');
    for (let pair = 0; pair < 1500; pair++) {
      const { correct, defective } = generateTwins(makeRng(pair), Object.keys(recipes));
      for (const source of [correct, defective]) {
        const tree = parser.parse(source)!;
        expect(tree.rootNode.hasError, source).toBe(false);
        tree.delete();
      }
    }
  });
  test('an odd size is refused', async () => {
    await expect(load(1, { ...sizes, valid: 3 })).rejects.toThrow('synthetic-defect.valid: 3 functions cannot be split into twins');
  });
});

describe('the label', () => {
  test('twins hold the same tokens, so no count of anything can tell them apart', () => {
    const bags = new Map<string, Sample[]>();
    for (const sample of splits.test) {
      const pair = sample.id.replace(/\d$/, '');
      bags.set(pair, [...(bags.get(pair) ?? []), sample]);
    }
    expect(bags.size).toBe(sizes.test / 2);
    for (const twins of bags.values()) {
      const [a, b] = twins.map((sample) => [...tokensOf(sample)].sort());
      expect(a).toEqual(b);
    }
  });
  test('is uncorrelated with surface statistics', () => {
    const statistics: Record<string, (tokens: readonly string[]) => number> = {
      tokens: (tokens) => tokens.length,
      characters: (tokens) => tokens.join('').length,
      distinct: (tokens) => new Set(tokens).size,
      parentheses: (tokens) => tokens.filter((token) => token === '(').length,
      braces: (tokens) => tokens.filter((token) => token === '{').length,
      conditions: (tokens) => tokens.filter((token) => token === 'if').length,
      numbers: (tokens) => tokens.filter((token) => /^\d/.test(token)).length,
      'place of the name': (tokens) => tokens.indexOf('('),
      'place of the body': (tokens) => tokens.indexOf('{'),
    };
    const labels = splits.train.map((sample) => sample.label);
    for (const [name, measure] of Object.entries(statistics)) {
      const values = splits.train.map((sample) => measure(tokensOf(sample)));
      expect(Math.abs(correlation(values, labels)), name).toBeLessThan(0.02);
    }
  });
  test('bag-of-tokens regression learns nothing, order-aware regression much', () => {
    const rng = makeRng('baseline');
    const bag = accuracy((sample) => tokensOf(sample), splits, rng);
    const order = accuracy((sample) => orderFeatures(sample), splits, rng);
    expect(bag).toBeLessThanOrEqual(0.62);
    expect(order).toBeGreaterThanOrEqual(0.85);
  });
  test('alone: length and name say nothing either', () => {
    const rng = makeRng('baseline');
    expect(accuracy((sample) => [`${tokensOf(sample).length}`, sample.programs[0]!.functionName ?? ''], splits, rng)).toBeLessThanOrEqual(
      0.55,
    );
  });
});

/** Names of variables made one, then ordered pairs of tokens at most eight apart: what local attention can see. */
function orderFeatures(sample: Sample): string[] {
  const tokens = tokensOf(sample).map((token) =>
    /^[a-z_]\w*$/.test(token) && !/^(if|for|while|return|free|kfree|sizeof|int|char)$/.test(token) ? 'x' : token,
  );
  return tokens.flatMap((token, at) => tokens.slice(at + 1, at + 9).map((next, gap) => `${token} ${gap < 3 ? gap : '+'} ${next}`));
}

/** Test accuracy of a logistic regression on the presence of features: stochastic gradient descent, a few passes. */
function accuracy(featuresOf: (sample: Sample) => readonly string[], { train, test: held }: Splits, rng: Rng): number {
  const weights = new Map<string, number>();
  const score = (features: readonly string[]): number => features.reduce((sum, feature) => sum + (weights.get(feature) ?? 0), 0);
  const prepared = train.map((sample) => ({ label: sample.label, features: [...new Set(featuresOf(sample))] }));
  for (let epoch = 0; epoch < 12; epoch++) {
    for (const { label, features } of rng.fork(epoch).shuffle(prepared)) {
      const step = (0.02 * (label - 1 / (1 + Math.exp(-score(features))))) / (1 + epoch / 4);
      for (const feature of features) weights.set(feature, (weights.get(feature) ?? 0) + step);
    }
  }
  const right = held.filter((sample) => score([...new Set(featuresOf(sample))]) > 0 === (sample.label === 1));
  return right.length / held.length;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, value, index) => sum + (value - mx) * (y[index]! - my), 0);
  const spread = Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
  return spread === 0 ? 0 : product(a, meanA, b, meanB) / spread;
}
