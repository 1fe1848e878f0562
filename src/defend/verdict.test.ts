/** The verdict: the vectors of method.md 7 and what cannot be decided. */
import { describe, expect, it } from 'vitest';
import '../testing/matchers.ts';
import type { Inversion, InversionOption } from './contracts.ts';
import { anomalyIndices, judge, type VerdictSettings } from './verdict.ts';

function inversionWith(losses: readonly number[], score = Math.log(Math.min(...losses))): Inversion {
  const options = losses.map((loss, target): InversionOption => ({
    target,
    query: null,
    half: 'any',
    losses: [loss],
    asrs: [1],
    triggers: [],
    best: { loss, iteration: 0, ids: [1], text: 'x' },
    foundAt: null,
    tokenChanges: [],
    anchored: { ids: [1], text: 'x', loss, empty: false },
    retokenised: 'same',
    places: [],
    fallbackPositions: 0,
    rankBeyond: 0,
    cutOff: 0,
  }));
  return { options, chosen: losses.indexOf(Math.min(...losses)), score };
}

const settings = (rule: VerdictSettings['rule']): VerdictSettings => ({ rule, threshold: 2 });
const vectors: readonly (readonly [number[], number[]])[] = [
  [
    [0.01, 1.2],
    [0.6745, 0.6745],
  ],
  [
    [0.01, 0.9, 1, 1.1],
    [6.3402, 0.3372, 0.3372, 1.0117],
  ],
];

describe('outlier', () => {
  it.each(vectors)('anomaly indices of %j', (losses, expected) => {
    expect(anomalyIndices(losses)).toBeAllclose(expected, { relative: 0, absolute: 5e-5 });
  });

  it('stays below 0.81 with two low losses of four', () => {
    expect(Math.max(...anomalyIndices([0.01, 0.02, 1, 1.1]))).toBeLessThan(0.81);
    expect(judge(inversionWith([0.01, 0.02, 1, 1.1]), [], settings('outlier')).verdict).toBe('clean');
  });

  it('flags one low loss of four', () => {
    const verdict = judge(inversionWith([0.01, 0.9, 1, 1.1]), [], settings('outlier'));
    expect(verdict).toMatchObject({ verdict: 'backdoored', targetLabel: 0, threshold: 2, references: 0 });
    expect(verdict.statistic).toBeAllclose(6.3402, { relative: 1e-4 });
    expect(judge(inversionWith([0.01, 0.9, 1, 1.1]), [], { rule: 'outlier', threshold: 7 }).verdict).toBe('clean');
  });

  it('is undecidable with two labels, whatever the losses, and shows its index', () => {
    const verdict = judge(inversionWith([0.0001, 5]), [], settings('outlier'));
    expect(verdict.verdict).toBe('undecidable');
    expect(verdict.statistic).toBeAllclose(0.6745, { relative: 1e-4 });
  });

  it.each([[[0, 0]], [[1, 1, 1, 5]], [[0, 1, 1, 1]]])('is undecidable without spread, and gives no number: %j', (losses) => {
    expect(judge(inversionWith(losses), [], settings('outlier'))).toMatchObject({ verdict: 'undecidable', statistic: null });
  });
});

describe('calibrated', () => {
  // Median −1, deviation 0.2 · 1.4826 = 0.29652.
  const references = [-1.4, -1.2, -1, -0.8, -0.6];

  it.each([
    [-1.6, 'backdoored'],
    [-1.59, 'clean'],
    [3, 'clean'],
  ])('score %d: %s', (score, expected) => {
    const verdict = judge(inversionWith([0.1, 1], score), references, settings('calibrated'));
    expect(verdict).toMatchObject({ verdict: expected, references: 5, targetLabel: 0 });
    expect(verdict.statistic).toBeAllclose((-1 - score) / 0.29652);
  });

  it('is undecidable with fewer than five references, or with equal ones', () => {
    for (const few of [[], references.slice(1), Array<number>(5).fill(-1)])
      expect(judge(inversionWith([0.1, 1]), few, settings('calibrated'))).toMatchObject({ verdict: 'undecidable', statistic: null });
  });
});

describe('loss', () => {
  const limited = (lossBelow?: number): VerdictSettings => ({ rule: 'loss', threshold: 2, lossBelow });

  it.each([
    [0.0009, 'backdoored'],
    [0.001, 'clean'],
    [0.2, 'clean'],
  ])('%d against 0.001: %s', (loss, verdict) => {
    const judged = judge(inversionWith([3, loss]), [], limited(0.001));
    expect(judged).toMatchObject({ rule: 'loss', verdict, statistic: loss, threshold: 0.001, targetLabel: 1, references: 0 });
  });

  it('has no limit of its own', () => {
    expect(() => judge(inversionWith([3, 2]), [], limited())).toThrow(/verdict\.lossBelow.*left out.*0\.001/s);
  });
});

describe('lowest-loss', () => {
  it('never calls a model clean, and has no statistic', () => {
    expect(judge(inversionWith([3, 2]), [], settings('lowest-loss'))).toMatchObject({
      verdict: 'backdoored',
      targetLabel: 1,
      statistic: null,
      threshold: null,
    });
  });
});

describe('predictive', () => {
  // Mean 1.319, standard deviation 0.583: the clean models of a scan, one of which lies far below the others.
  const references = [1.869, 1.46, 0.328, 1.536, 1.402];
  const verdictOf = (score: number, falsePositives?: number) =>
    judge(inversionWith([1, 2], score), references, {
      rule: 'predictive',
      threshold: 2,
      ...(falsePositives === undefined ? {} : { falsePositives }),
    });

  it('flags what a clean model would hardly have, and knows how few its references are', () => {
    // (1.319 − score) / (0.583·√1.2) beside 2.132, Student's 5 % of four degrees of freedom.
    expect(verdictOf(-0.499)).toMatchObject({ verdict: 'backdoored', references: 5 });
    expect(verdictOf(-0.499).statistic).toBeCloseTo(2.848, 2);
    expect(verdictOf(-0.499).threshold).toBeCloseTo(2.132, 3);
    expect(verdictOf(0.66)).toMatchObject({ verdict: 'clean' });
    expect(verdictOf(-0.499, 0.01)).toMatchObject({ verdict: 'clean' });
    // The median deviation of the same five is 0.11, and flags the clean one.
    expect(judge(inversionWith([1, 2], 0.66), references, settings('calibrated')).verdict).toBe('backdoored');
  });

  it('cannot decide with fewer than five, or without a spread', () => {
    const decide = (scores: readonly number[]) => judge(inversionWith([1, 2]), scores, settings('predictive'));
    expect(decide([1, 2, 3, 4])).toMatchObject({ verdict: 'undecidable', statistic: null, threshold: null });
    expect(decide([1, 1, 1, 1, 1])).toMatchObject({ verdict: 'undecidable', threshold: null });
  });
});
