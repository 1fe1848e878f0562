/** How calls are timed: some to warm up, then as many as fit in a time; peer.py keeps the same rules. */

export interface Budget {
  /** Calls that are not counted. */
  readonly warmup: number;
  /** Timed calls there are at least … */
  readonly minimum: number;
  /** … and seconds they take together at least. */
  readonly seconds: number;
  /** Seconds after which warming up, and timing, end with what there is (at least one call each). */
  readonly patience: number;
}

export const defaultBudget: Budget = { warmup: 2, minimum: 3, seconds: 3, patience: 20 };

/** A stop watch for work in a loop of its own, and for work whose loop is the project's (training, search). */
export class Laps {
  /** Seconds of each timed call. */
  readonly timed: number[] = [];
  readonly #budget: Budget;
  readonly #now: () => number;
  readonly #warm: number[] = [];
  #since: number;

  /** @param uncounted seconds so far that belong to no call, compiling for instance */
  constructor(budget: Budget, uncounted = (): number => 0) {
    this.#budget = budget;
    this.#now = () => performance.now() / 1000 - uncounted();
    this.#since = this.#now();
  }

  /** Now: the next call begins. Needed for the first call, and where something lies between calls. */
  start(): void {
    this.#since = this.#now();
  }

  /** The call ended, the next begins. @returns whether more calls are wanted */
  lap(): boolean {
    const now = this.#now();
    const { warmup, minimum, seconds, patience } = this.#budget;
    const isWarm = this.#warm.length >= warmup || sum(this.#warm) >= patience;
    (isWarm ? this.timed : this.#warm).push(now - this.#since);
    this.#since = now;
    if (this.timed.length === 0) return true;
    const spent = sum(this.timed);
    return spent < patience && (this.timed.length < minimum || spent < seconds);
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
