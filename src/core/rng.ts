/**
 * Seeded randomness as a value: a generator is passed in and forked by purpose, so that adding a draw in one place never
 * moves the draws of another. Nothing in this project reads an ambient random number.
 */
import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export interface Rng {
  /** A generator that depends on this one's identity and on `purpose` alone, not on what was drawn before. */
  fork(purpose: string | number): Rng;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, bound); `bound` ≥ 1. */
  integer(bound: number): number;
  /** Standard normal (Box-Muller, one value a call). */
  normal(): number;
  /** One element, uniformly; throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** `count` distinct elements in random order; throws when there are fewer. */
  sample<T>(items: readonly T[], count: number): T[];
  /** An unsigned 32-bit seed, for a consumer that wants a number. */
  seed32(): number;
}

export function makeRng(seed: number | string): Rng {
  return forIdentity(`seed:${seed}`);
}

function forIdentity(identity: string): Rng {
  const digest = createHash('sha256').update(identity).digest();
  const generator: RandomGenerator = xoroshiro128plusFromState([0, 4, 8, 12].map((byte) => digest.readInt32LE(byte)));
  const word = (): number => generator.next() >>> 0;

  const rng: Rng = {
    fork: (purpose) => forIdentity(`${identity}/${purpose}`),
    uniform: () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992,
    integer(bound) {
      if (!Number.isInteger(bound) || bound < 1) throw new RangeError(`integer(bound): bound must be ≥ 1, found ${bound}`);
      return Math.floor(rng.uniform() * bound);
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - rng.uniform()));
      return radius * Math.cos(2 * Math.PI * rng.uniform());
    },
    pick(items) {
      if (items.length === 0) throw new RangeError('pick: the list is empty');
      return items[rng.integer(items.length)]!;
    },
    shuffle: (items) => rng.sample(items, items.length),
    sample(items, count) {
      if (count > items.length) throw new RangeError(`sample: ${count} asked of ${items.length}`);
      const pool = [...items];
      for (let i = 0; i < count; i++) {
        const j = i + rng.integer(pool.length - i);
        [pool[i], pool[j]] = [pool[j]!, pool[i]!];
      }
      pool.length = count;
      return pool;
    },
    seed32: word,
  };
  return rng;
}
