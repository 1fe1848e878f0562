/** Isolation forest (Liu et al., ICDM 2008) in one dimension: what random cuts set apart early is an anomaly. */
import type { Rng } from '../../core/rng.ts';

const TREES = 100;
/** Values that a tree is grown on; fewer where there are fewer. */
const SUBSAMPLE = 256;
const EULER = 0.5772156649015329;

/** Scores 2^(−E[depth]/c), 0..1, higher is more anomalous; of a single value 0. */
export function anomalies(values: readonly number[], rng: Rng): number[] {
  if (values.length < 2) return values.map(() => 0);
  const size = Math.min(SUBSAMPLE, values.length);
  const limit = Math.ceil(Math.log2(size));
  const depths = new Float64Array(values.length);
  const all = [...values.keys()];
  for (let tree = 0; tree < TREES; tree++) grow({ values, depths, rng, limit }, rng.sample(values, size), all, 0);
  return [...depths].map((depth) => 2 ** (-depth / TREES / meanDepth(size)));
}

interface Forest {
  readonly values: readonly number[];
  /** Sum over the trees of each value's depth. */
  readonly depths: Float64Array;
  readonly rng: Rng;
  readonly limit: number;
}

/** @param sample what the node was grown on @param members indices of the values that come to it */
function grow(forest: Forest, sample: readonly number[], members: readonly number[], depth: number): void {
  const { values, depths, rng, limit } = forest;
  const [low, high] = [Math.min(...sample), Math.max(...sample)];
  if (depth === limit || !(low < high)) {
    for (const index of members) depths[index]! += depth + meanDepth(sample.length);
    return;
  }
  const cut = low + (high - low) * rng.uniform();
  for (const isLeft of [true, false]) {
    const own = members.filter((index) => values[index]! <= cut === isLeft);
    const part = sample.filter((value) => value <= cut === isLeft);
    if (own.length > 0) grow(forest, part, own, depth + 1);
  }
}

/** Mean depth of an unsuccessful search in a binary tree of `count` values. */
function meanDepth(count: number): number {
  if (count <= 1) return 0;
  return count === 2 ? 1 : 2 * (Math.log(count - 1) + EULER) - (2 * (count - 1)) / count;
}
