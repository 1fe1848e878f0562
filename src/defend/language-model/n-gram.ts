/** An n-gram model with interpolated modified Kneser-Ney smoothing, as KenLM's defaults (defenses.md 9). */
import { ABSENT, type GramTable, ROOT } from './gram-table.ts';
import { BEGIN, countGrams, END, FIRST_WORD, type GramCounts, UNKNOWN } from './count-grams.ts';
import { type Discounts, discountsOf } from './discounts.ts';

export interface NgramSettings {
  /** Tokens of the longest gram, ≥ 2. */
  readonly order: number;
  /** Discounts of an order that has too few grams to estimate them; `null`: an error. */
  readonly fallbackDiscounts: Discounts | null;
}

/** Of a row with its end: natural logarithms. */
export interface NgramDeletions {
  readonly logLikelihood: number;
  /** Entry j: of the row without token j. */
  readonly without: Float64Array;
}

export interface NgramModel<Token> {
  /** Orders whose discounts are the given ones. */
  readonly fallbackOrders: readonly number[];
  /** Natural logarithm of the probability of the row's tokens and its end. */
  logLikelihood(row: readonly Token[]): number;
  /** Deleting a token changes only the windows of `order` tokens that hold it: a few look-ups a token. */
  deletions(row: readonly Token[]): NgramDeletions;
  /** Natural logarithm of the probability of a token after a row's first tokens; `null` for the row's end, a token never seen for any such. */
  logProbability(token: Token | null, before: readonly Token[]): number;
}

export function trainNgram<Token extends string | number>(
  rows: Iterable<readonly Token[]>,
  { order, fallbackDiscounts }: NgramSettings,
): NgramModel<Token> {
  const tokens = new Map<Token, number>();
  const numbered = [...rows].map((row) =>
    Int32Array.from(row, (token) => {
      const number = tokens.get(token) ?? FIRST_WORD + tokens.size;
      tokens.set(token, number);
      return number;
    }),
  );
  const counts = countGrams(numbered, order);
  const discounts = discountsOf(counts, fallbackDiscounts);
  // Words, the unknown one and the end; a row's begin is never predicted.
  const weights = weigh(
    counts,
    discounts.map((one) => one.discounts),
    tokens.size + 2,
  );
  const walker = new Walker(order, counts.table, weights);
  const numbersOf = (row: readonly Token[]): number[] => [...row.map((token) => tokens.get(token) ?? UNKNOWN), END];
  return {
    fallbackOrders: discounts.flatMap(({ isGiven }, index) => (isGiven ? [index + 1] : [])),
    logLikelihood: (row) => sum(walker.read(numbersOf(row)).logs),
    deletions: (row) => walker.deletions(numbersOf(row)),
    logProbability(token, before) {
      const number = token === null ? END : (tokens.get(token) ?? UNKNOWN);
      return walker.read([...numbersOf(before).slice(0, -1), number]).logs.at(-1)!;
    },
  };
}

interface Weights {
  /** Of each gram: ln P(last token | the tokens before it). */
  readonly logs: Float64Array;
  /** Of each gram as a context: ln γ, what a token never seen after it is left. */
  readonly backoffs: Float64Array;
  /** ln of a token's share under the uniform distribution. */
  readonly uniform: number;
}

/** @param discounts of order m at m − 1 @param outcomes tokens that can be predicted */
function weigh({ order, table, lengths, suffixes, counts }: GramCounts, discounts: readonly Discounts[], outcomes: number): Weights {
  const discountOf = (gram: number): number => {
    const count = counts[gram]!;
    return count === 0 ? 0 : discounts[lengths[gram]! - 1]![Math.min(count, 3) - 1]!;
  };
  const [totals, left] = [new Float64Array(table.size), new Float64Array(table.size)];
  for (let gram = 1; gram < table.size; gram++) {
    const context = table.parents[gram]!;
    totals[context]! += counts[gram]!;
    left[context]! += discountOf(gram);
  }
  const probabilities = new Float64Array(table.size).fill(1 / outcomes, 0, 1);
  // Shorter grams first: each is interpolated with its suffix; of a single token that is the root, the uniform distribution.
  for (let length = 1; length <= order; length++) {
    for (let gram = 1; gram < table.size; gram++) {
      if (lengths[gram] !== length) continue;
      const context = table.parents[gram]!;
      const own = counts[gram]! - discountOf(gram);
      probabilities[gram] = (own + left[context]! * probabilities[suffixes[gram]!]!) / totals[context]!;
    }
  }
  return {
    logs: probabilities.map(Math.log),
    backoffs: left.map((share, gram) => Math.log(share / totals[gram]!)),
    uniform: -Math.log(outcomes),
  };
}

/** Reads rows of numbers: a state is the grams of the last 0 … order − 1 tokens, `ABSENT` where there is no such gram. */
class Walker {
  private readonly order: number;
  private readonly table: GramTable;
  private readonly weights: Weights;

  constructor(order: number, table: GramTable, weights: Weights) {
    this.order = order;
    this.table = table;
    this.weights = weights;
  }

  /** ln P of each token, and the state before each of them, [tokens + 1, order]. */
  read(row: readonly number[]): { readonly logs: Float64Array; readonly states: Int32Array } {
    const { order } = this;
    const states = new Int32Array((row.length + 1) * order).fill(ABSENT);
    states[0] = ROOT;
    if (order > 1) states[1] = this.table.find(ROOT, BEGIN);
    const logs = new Float64Array(row.length);
    row.forEach((token, index) => {
      logs[index] = this.step(states, index * order, token, states, (index + 1) * order);
    });
    return { logs, states };
  }

  deletions(row: readonly number[]): NgramDeletions {
    const { order } = this;
    const { logs, states } = this.read(row);
    const logLikelihood = sum(logs);
    const passing = new Int32Array(order);
    // The end stays.
    const without = Float64Array.from({ length: row.length - 1 }, (_, deleted) => {
      passing.set(states.subarray(deleted * order, (deleted + 1) * order));
      let changed = logLikelihood - logs[deleted]!;
      for (let place = deleted + 1; place < Math.min(deleted + order, row.length); place++) {
        changed += this.step(passing, 0, row[place]!, passing, 0) - logs[place]!;
      }
      return changed;
    });
    return { logLikelihood, without };
  }

  /** ln P of a token after a state; the state after it is written, which may be the same array and place. */
  private step(from: Int32Array, start: number, token: number, to: Int32Array, target: number): number {
    const { logs, backoffs, uniform } = this.weights;
    let log = uniform;
    let [isSeen, previous] = [true, ROOT];
    for (let length = 0; length < this.order; length++) {
      const context = from[start + length]!;
      to[target + length] = previous;
      if (context === ABSENT) {
        previous = ABSENT;
        continue;
      }
      // A gram that was never seen has no longer one that was.
      previous = isSeen ? this.table.find(context, token) : ABSENT;
      isSeen = previous !== ABSENT;
      log = isSeen ? logs[previous]! : log + backoffs[context]!;
    }
    return log;
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
