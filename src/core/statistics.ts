/** Intervals, tests and robust summaries for a handful of runs (victims-and-data.md 6, method.md 7). */
import type { Rng } from './rng.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the standard normal: two-sided 95 %. */
const z95 = 1.959963984540054;

/** Wilson's 95 % interval of a rate of one run. */
export function wilson(hits: number, n: number): Interval {
  if (!(n > 0 && hits >= 0 && hits <= n)) throw new RangeError(`wilson: ${hits} of ${n}`);
  const share = hits / n;
  const shrink = 1 + z95 ** 2 / n;
  const centre = (share + z95 ** 2 / (2 * n)) / shrink;
  const reach = (z95 * Math.sqrt((share * (1 - share)) / n + z95 ** 2 / (4 * n ** 2))) / shrink;
  // At 0 and n the interval ends there exactly; arithmetic misses it by an ulp.
  return { low: hits === 0 ? 0 : centre - reach, high: hits === n ? 1 : centre + reach };
}

export function mean(values: readonly number[]): number {
  requireNumbers('mean', values);
  return sum(values) / values.length;
}

/** Of a sample (divisor n − 1); `null` for one value, which has no spread. */
export function standardDeviation(values: readonly number[]): number | null {
  const centre = mean(values);
  if (values.length === 1) return null;
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
}

/** The mean of the middle two for an even count. */
export function median(values: readonly number[]): number {
  requireNumbers('median', values);
  return between(ascending(values), 0.5);
}

/** Linear between order statistics, the numeric libraries' default. @param share 0..1 */
export function quantile(values: readonly number[], share: number): number {
  requireNumbers('quantile', values);
  return between(ascending(values), share);
}

/** Median absolute deviation times 1.4826, which makes it a normal's standard deviation (Neural Cleanse). */
export function mad(values: readonly number[]): number {
  const centre = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - centre)));
}

/** Percentile bootstrap, 95 %, of the mean over seeds. */
export function bootstrap(values: readonly number[], rng: Rng, draws = 10_000): Interval {
  requireNumbers('bootstrap', values);
  const means = ascending(Array.from({ length: draws }, () => mean(values.map(() => rng.pick(values)))));
  return { low: between(means, 0.025), high: between(means, 0.975) };
}

/** Area under the ROC curve: the probability that a positive scores above a negative, ties counting half. */
export function auc(positives: readonly number[], negatives: readonly number[]): number {
  requireNumbers('auc', positives);
  requireNumbers('auc', negatives);
  const [highs, lows] = [ascending(positives), ascending(negatives)];
  let wins = 0;
  let [below, upTo] = [0, 0];
  for (const high of highs) {
    while (below < lows.length && lows[below]! < high) below++;
    while (upTo < lows.length && lows[upTo]! <= high) upTo++;
    wins += below + (upTo - below) / 2;
  }
  return wins / (highs.length * lows.length);
}

export interface RocPoint {
  /** Shares of negatives and of positives that score at least the point's threshold, 0..1. */
  readonly falsePositives: number;
  readonly truePositives: number;
}

/** From (0, 0) to (1, 1), one point a distinct score: equal scores are flagged together. The area below it is `auc`. */
export function rocCurve(positives: readonly number[], negatives: readonly number[]): RocPoint[] {
  requireNumbers('rocCurve', positives);
  requireNumbers('rocCurve', negatives);
  const thresholds = ascending([...new Set([...positives, ...negatives])]).reverse();
  const share = (scores: readonly number[], least: number): number => scores.filter((score) => score >= least).length / scores.length;
  const points = thresholds.map((least) => ({ falsePositives: share(negatives, least), truePositives: share(positives, least) }));
  return [{ falsePositives: 0, truePositives: 0 }, ...points];
}

/** P(T > t) of Student's distribution: a rational sum for each whole number of degrees of freedom (A. & S. 26.7.3, 26.7.4). */
export function studentTail(t: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) throw new RangeError(`student: ${degrees} degrees of freedom`);
  const angle = Math.atan(Math.abs(t) / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let total = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= ((k - 1) / k) * cosine ** 2;
    total += term;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + sine * total) : sine * total;
  return t >= 0 ? (1 - within) / 2 : (1 + within) / 2;
}

/** The t that a share `tail` of Student's distribution exceeds; tail from above 0 to below 1. */
export function studentQuantile(tail: number, degrees: number): number {
  let [low, high] = [-1e6, 1e6];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface RankTest {
  /** Wilcoxon-Mann-Whitney U of the first list. */
  readonly u: number;
  /** Two-sided: the share of all divisions of the pooled values whose U lies at least as far from its mean. */
  readonly p: number;
  /** Effect size: P(a > b) + ½ P(a = b); ½ is no difference. */
  readonly superiority: number;
}

/**
 * Wilcoxon-Mann-Whitney test of two unpaired lists, exact, ties included: the distribution of the rank sum is counted over all
 * divisions of the pooled mid-ranks. Time and space grow as (values)³ and ², so it is meant for at most a few hundred values.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): RankTest {
  const superiority = auc(a, b);
  const ranks = doubledRanks([...a, ...b]);
  const observed = sum(ranks.slice(0, a.length));
  const expected = (a.length * sum(ranks)) / ranks.length;
  const ways = subsetSums(ranks, a.length);
  const total = sum(ways);
  // Doubled ranks sum to values × (values + 1): all of these are integers and compare exactly.
  const extreme = sum(ways.filter((_, rankSum) => Math.abs(rankSum - expected) >= Math.abs(observed - expected)));
  return { u: superiority * a.length * b.length, p: extreme / total, superiority };
}

export interface RankCorrelation {
  /** −1..1. */
  readonly rho: number;
  /** Two-sided: the share of all orders of one list whose correlation lies at least as far from 0; `null` for more than ten values. */
  readonly p: number | null;
}

/** Beyond it counting all orders takes too long. */
const MOST_ORDERED = 10;

/** Spearman's rank correlation of aligned lists, ties sharing their mean rank; `null` where a list has no two different values. */
export function spearman(a: readonly number[], b: readonly number[]): RankCorrelation | null {
  requireAligned('spearman', a, b);
  // Doubled ranks less their doubled mean: integers, so that sums of products compare exactly.
  const centred = (values: readonly number[]): number[] => doubledRanks(values).map((rank) => rank - values.length - 1);
  const [x, y] = [centred(a), centred(b)];
  const dot = (u: readonly number[], v: readonly number[]): number => sum(u.map((value, at) => value * v[at]!));
  const [xx, yy, xy] = [dot(x, x), dot(y, y), dot(x, y)];
  if (xx === 0 || yy === 0) return null;
  const p = a.length > MOST_ORDERED ? null : shareOfOrders(x, y, Math.abs(xy));
  return { rho: xy / Math.sqrt(xx * yy), p };
}

/** Share of the orders of `y` whose sum of products with `x` is at least `extreme` in size. */
function shareOfOrders(x: readonly number[], y: readonly number[], extreme: number): number {
  let [orders, hits] = [0, 0];
  const visit = (at: number, used: number, total: number): void => {
    if (at === x.length) {
      orders++;
      if (Math.abs(total) >= extreme) hits++;
      return;
    }
    for (let next = 0; next < y.length; next++)
      if (((used >> next) & 1) === 0) visit(at + 1, used | (1 << next), total + x[at]! * y[next]!);
  };
  visit(0, 0, 0);
  return hits / orders;
}

export interface PairedTest {
  /** Of the differences. */
  readonly mean: number;
  /** Two-sided: the share of all 2^n choices of signs whose mean lies at least as far from 0. */
  readonly p: number;
  /** The smallest p that so many differences other than 0 can give, whatever their size. */
  readonly smallestP: number;
  /** `false`: choices of signs were drawn, because there are too many to count. */
  readonly isExact: boolean;
}

/** Two halves of so many differences each have a million sums. */
const MOST_COUNTED = 40;

/**
 * Sign-flip permutation test of paired differences: under the null hypothesis each might as well have the other sign. Exact for up to 40
 * differences other than 0, by counting pairs of sums of two halves; beyond, 100,000 seeded draws, the observed signs among them.
 */
export function pairedPermutation(differences: readonly number[], rng: Rng): PairedTest {
  requireNumbers('pairedPermutation', differences);
  const sizes = differences.filter((difference) => difference !== 0).map(Math.abs);
  const smallestP = Math.min(1, 2 ** (1 - sizes.length));
  // Sums of equal numbers in another order differ in their last digits.
  const extreme = Math.abs(sum(differences)) - 1e-9 * sum(sizes);
  const isExact = sizes.length <= MOST_COUNTED;
  const p = extreme <= 0 ? 1 : isExact ? shareOfSigns(sizes, extreme) : shareOfDraws(sizes, extreme, rng);
  return { mean: mean(differences), p, smallestP, isExact };
}

function shareOfSigns(sizes: readonly number[], extreme: number): number {
  const half = Math.floor(sizes.length / 2);
  const [left, right] = [signedSums(sizes.slice(0, half)), signedSums(sizes.slice(half)).sort()];
  left.sort();
  // Signs mirror: as many sums lie at or below −extreme as at or above it. As `one` rises, the least that makes up for it falls.
  let [hits, from] = [0, right.length];
  for (const one of left) {
    while (from > 0 && right[from - 1]! >= extreme - one) from--;
    hits += right.length - from;
  }
  return (2 * hits) / 2 ** sizes.length;
}

/** Of all 2^n choices of signs. */
function signedSums(sizes: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** sizes.length);
  for (const [at, size] of sizes.entries()) {
    const known = 2 ** at;
    for (let i = 0; i < known; i++) {
      const before = sums[i]!;
      sums[i] = before - size;
      sums[known + i] = before + size;
    }
  }
  return sums;
}

function shareOfDraws(sizes: readonly number[], extreme: number, rng: Rng, draws = 100_000): number {
  let hits = 1;
  for (let draw = 0; draw < draws; draw++) {
    const total = sizes.reduce((so, size) => so + (rng.uniform() < 0.5 ? -size : size), 0);
    if (Math.abs(total) >= extreme) hits++;
  }
  return hits / (draws + 1);
}

/** Twice each value's rank among all, from 1, ties sharing their mean rank: integers. */
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * below + equal + 1;
  });
}

/** Entry s: how many ways there are to choose `size` of the items with sum s. */
function subsetSums(items: readonly number[], size: number): number[] {
  const width = sum(items) + 1;
  const ways = Array.from({ length: size + 1 }, () => new Array<number>(width).fill(0));
  ways[0]![0] = 1;
  for (const item of items) {
    for (let chosen = size; chosen >= 1; chosen--) {
      const [row, smaller] = [ways[chosen]!, ways[chosen - 1]!];
      for (let s = item; s < width; s++) row[s]! += smaller[s - item]!;
    }
  }
  return ways[size]!;
}

/** @param sorted ascends */
function between(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function requireAligned(what: string, a: readonly number[], b: readonly number[]): void {
  requireNumbers(what, [...a, ...b]);
  if (a.length !== b.length) throw new RangeError(`${what}: ${a.length} values beside ${b.length}`);
}

function requireNumbers(what: string, values: readonly number[]): void {
  if (values.length === 0) throw new RangeError(`${what}: no values`);
  if (values.some(Number.isNaN)) throw new RangeError(`${what}: NaN among the values`);
}
