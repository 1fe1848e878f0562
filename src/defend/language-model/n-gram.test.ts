/** The n-gram model against a hand-computed example, against the formulas written out, and against what any language model must hold. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { perplexity } from './contracts.ts';
import type { Discounts } from './discounts.ts';
import { trainNgram } from './n-gram.ts';
import { ngramOfWords } from './n-gram-words.ts';

const kenlm: Discounts = [0.5, 1, 1.5];
const rowsOf = (text: string): string[][] => text.split(' / ').map((row) => row.split(' '));

describe('two rows, by hand', () => {
  // Continuation counts: a, b, c 1, end 2, in all 5; γ() = (3 · 0.5 + 1) / 5 = 0.5; 5 outcomes, uniformly 0.2 each.
  const model = trainNgram(rowsOf('a b / a c'), { order: 2, fallbackDiscounts: kenlm });
  it.each<[string | null, string, number]>([
    ['a', '', 0.5 + 0.5 * 0.2],
    ['b', 'a', 0.25 + 0.5 * 0.2],
    [null, 'a b', 0.5 + 0.5 * 0.3],
    ['new', 'a', 0.5 * 0.1],
    ['b', 'new', 0.2],
    [null, 'new', 0.3],
    ['a', 'a b', 0.5 * 0.2],
  ])('P(%s | … %s) = %f', (token, before, probability) => {
    const words = before === '' ? [] : before.split(' ');
    expect(Math.exp(model.logProbability(token, words))).toBeCloseTo(probability, 12);
  });

  it('says which orders took the given discounts', () => expect(model.fallbackOrders).toEqual([1, 2]));

  it('scores a row with its end', () => {
    expect(Math.exp(model.logLikelihood(['a', 'b']))).toBeCloseTo(0.6 * 0.35 * 0.65, 12);
    expect(model.logLikelihood([])).toBeCloseTo(Math.log(0.5 * 0.3), 12);
  });
});

test('too little text is an error that says what to do, unless discounts are given', () => {
  expect(() => trainNgram(rowsOf('a b / a c'), { order: 2, fallbackDiscounts: null })).toThrow(/order 1: 3, 1, 0, 0 .*fallbackDiscounts/s);
});

/** Rows of Zipf-like tokens, each leaning on the one before: enough for every discount up to order 4. */
function madeRows(count: number, seed: string): string[][] {
  const rng = makeRng(seed);
  return Array.from({ length: count }, () => {
    let last = 0;
    return Array.from({ length: 3 + rng.integer(15) }, () => {
      last = rng.uniform() < 0.6 ? (last * 7 + 3) % 2000 : Math.floor(2000 * rng.uniform() ** 4);
      return `w${last}`;
    });
  });
}

const made = madeRows(400, 'n-gram');
const words = [...new Set(made.flat())];
const trained = trainNgram(made, { order: 4, fallbackDiscounts: null });
const token = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, fc.constantFrom('new', 'other'));
const row = fc.oneof(fc.array(token, { maxLength: 12 }), fc.constantFrom(...made));

test('after any history the probabilities of all words, an unknown one and the end sum to 1', () => {
  expect(trained.fallbackOrders).toEqual([]);
  fc.assert(
    fc.property(row, (history) => {
      const all = [...words, null, 'never seen'].map((one) => Math.exp(trained.logProbability(one, history)));
      expect(Math.min(...all)).toBeGreaterThan(0);
      expect(all.reduce((total, one) => total + one, 0)).toBeCloseTo(1, 9);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('a row’s score is the sum of its tokens’', () => {
  fc.assert(
    fc.property(row, (tokens) => {
      const parts = [...tokens, null].map((one, index) => trained.logProbability(one, tokens.slice(0, index)));
      expect(trained.logLikelihood(tokens)).toBeCloseTo(
        parts.reduce((total, one) => total + one, 0),
        9,
      );
    }),
    { seed: 1 },
  );
});

test('deleting a token by its windows gives the shortened row’s score', () => {
  for (const order of [2, 3, 4, 5]) {
    const model = trainNgram(made, { order, fallbackDiscounts: kenlm });
    fc.assert(
      fc.property(row, (tokens) => {
        const { logLikelihood, without } = model.deletions(tokens);
        expect(logLikelihood).toBeCloseTo(model.logLikelihood(tokens), 9);
        expect(without).toHaveLength(tokens.length);
        without.forEach((left, j) => expect(left).toBeCloseTo(model.logLikelihood(tokens.toSpliced(j, 1)), 9));
      }),
      { seed: 1, numRuns: 40 },
    );
  }
});

test('a token never seen makes a well-modelled row less likely a token', async () => {
  const model = ngramOfWords(made, { order: 4, fallbackDiscounts: null });
  expect(model.description).toBe('4-gram of 400 clean programs');
  const planted = made.slice(0, 30).map((tokens, index) => tokens.toSpliced(index % tokens.length, 0, 'never seen'));
  const deletions = await model.deletions(planted);
  deletions.forEach(({ whole, without }, index) => {
    expect(perplexity(whole)! - perplexity(without[index % made[index]!.length]!)!).toBeGreaterThan(0);
  });
});

test('every probability is the formulas’ own, with discounts from the text', () => {
  const reference = plainly(made, 4);
  const probe = madeRows(20, 'other rows').concat([['new', 'w3', 'new']]);
  for (const tokens of probe) {
    [...tokens, null].forEach((one, index) => {
      const before = tokens.slice(0, index);
      expect(trained.logProbability(one, before)).toBeCloseTo(Math.log(reference(one ?? '</s>', before)), 9);
    });
  }
});

/** Modified Kneser-Ney written as the formulas of defenses.md 9 stand there, over maps of joined grams. */
function plainly(rows: readonly string[][], order: number): (token: string, before: readonly string[]) => number {
  const known = new Set(rows.flat());
  const grams = rows
    .map((tokens) => ['<s>', ...tokens, '</s>'])
    .flatMap((tokens) => tokens.flatMap((_, end) => Array.from({ length: order }, (_, m) => tokens.slice(Math.max(0, end - m), end + 1))));
  const unique = (m: number) => new Map(grams.filter((gram) => gram.length === m).map((gram) => [gram.join(' '), gram]));
  const plain = new Map<string, number>();
  for (const tokens of rows.map((one) => ['<s>', ...one, '</s>'])) {
    for (let m = 1; m <= order; m++) {
      for (let i = 0; i + m <= tokens.length; i++) {
        const gram = tokens.slice(i, i + m).join(' ');
        plain.set(gram, (plain.get(gram) ?? 0) + 1);
      }
    }
  }
  const counts = Array.from({ length: order }, (_, index) => {
    const m = index + 1;
    const longer = [...unique(m + 1).values()].map((gram) => gram.slice(1).join(' '));
    const continuations = new Map<string, number>();
    for (const gram of longer) continuations.set(gram, (continuations.get(gram) ?? 0) + 1);
    const own = [...unique(m).keys()].filter((gram) => gram !== '<s>');
    const isPlain = (gram: string): boolean => m === order || gram.startsWith('<s>');
    return new Map(own.map((gram) => [gram, isPlain(gram) ? plain.get(gram)! : continuations.get(gram)!]));
  });
  const discounts = counts.map((own) => {
    const [n1, n2, n3, n4] = [1, 2, 3, 4].map((c) => [...own.values()].filter((count) => count === c).length) as [
      number,
      number,
      number,
      number,
    ];
    const y = n1 / (n1 + 2 * n2);
    return [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3];
  });
  // Contexts are looked up often: of each, its followers' counts.
  const followers = counts.map((own) => {
    const byContext = new Map<string, Map<string, number>>();
    for (const [gram, count] of own) {
      const cut = gram.lastIndexOf(' ');
      const context = cut === -1 ? '' : gram.slice(0, cut);
      byContext.set(context, (byContext.get(context) ?? new Map<string, number>()).set(gram.slice(cut + 1), count));
    }
    return byContext;
  });
  const probability = (token: string, history: readonly string[]): number => {
    const lower = history.length === 0 ? 1 / (known.size + 2) : probability(token, history.slice(1));
    const next = followers[history.length]!.get(history.join(' '));
    if (next === undefined) return lower;
    const discountOf = (count: number): number => discounts[history.length]![Math.min(count, 3) - 1]!;
    const total = [...next.values()].reduce((sum, count) => sum + count, 0);
    const freed = [...next.values()].reduce((sum, count) => sum + discountOf(count), 0);
    const count = next.get(token) ?? 0;
    return (count === 0 ? 0 : count - discountOf(count)) / total + (freed / total) * lower;
  };
  return (token, before) => probability(token, ['<s>', ...before].slice(-(order - 1)));
}

test('numbers serve as tokens too', () => {
  const numbers = trainNgram<number>([[5, 7, 5], [7]], { order: 3, fallbackDiscounts: kenlm });
  const texts = trainNgram<string>([['5', '7', '5'], ['7']], { order: 3, fallbackDiscounts: kenlm });
  expect(numbers.logLikelihood([7, 5, 9])).toBe(texts.logLikelihood(['7', '5', '9']));
});
