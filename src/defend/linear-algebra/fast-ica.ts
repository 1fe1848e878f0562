/** Independent components by FastICA (Hyvärinen and Oja, 2000): all at once, contrast log cosh, on whitened principal components. */
import type { Pause } from '../../core/pause.ts';
import type { Rng } from '../../core/rng.ts';
import { principalComponents } from './principal-components.ts';
import { dot, pointsOf, rowOf, type Points, type Rows } from './rows.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** As the authors of the common implementation have them. */
const MOST_ROUNDS = 200;
const TOLERANCE = 1e-4;

export interface IndependentComponents {
  readonly points: Points;
  /** Whether the directions came to rest; where they did not, the last ones are used. */
  readonly converged: boolean;
}

/** @param rng where the search begins */
export async function independentComponents(rows: Rows, components: number, rng: Rng, pause: Pause): Promise<IndependentComponents> {
  const white = await principalComponents(rows, components, { whiten: true }, pause);
  const { width, count } = white;
  const start = Float64Array.from({ length: width * width }, () => rng.normal());
  let mixing = await decorrelated(start, width, pause);
  let converged = false;
  for (let round = 0; round < MOST_ROUNDS && !converged; round++) {
    const next = await decorrelated(step(white, mixing), width, pause);
    const still = (own: Float64Array): boolean =>
      Array.from({ length: width }, (_, i) => Math.abs(dot(rowOf(own, width, i), rowOf(mixing, width, i)))).every(
        (cosine) => 1 - cosine < TOLERANCE,
      );
    converged = still(next);
    mixing = next;
  }
  const data = new Float64Array(count * width);
  for (let index = 0; index < count; index++) {
    const point = rowOf(white.data, width, index);
    for (let i = 0; i < width; i++) data[index * width + i] = dot(point, rowOf(mixing, width, i));
  }
  return { points: pointsOf(data, width), converged };
}

/** E[g(w·x)·x] − E[g′(w·x)]·w for each row w of `mixing`, g = tanh. */
function step({ data, width, count }: Points, mixing: Float64Array): Float64Array {
  const [sums, slopes] = [new Float64Array(width * width), new Float64Array(width)];
  for (let index = 0; index < count; index++) {
    const point = rowOf(data, width, index);
    for (let i = 0; i < width; i++) {
      const g = Math.tanh(dot(point, rowOf(mixing, width, i)));
      slopes[i]! += 1 - g * g;
      for (let j = 0; j < width; j++) sums[i * width + j]! += g * point[j]!;
    }
  }
  return sums.map((sum, place) => (sum - slopes[Math.floor(place / width)]! * mixing[place]!) / count);
}

/** (W·Wᵀ)^(−1/2)·W: the closest matrix whose rows are of length 1 and at right angles. */
async function decorrelated(w: Float64Array, n: number, pause: Pause): Promise<Float64Array> {
  const products = Float64Array.from({ length: n * n }, (_, place) => dot(rowOf(w, n, Math.floor(place / n)), rowOf(w, n, place % n)));
  const { values, vectors } = await symmetricEigen(products, n, pause);
  const result = new Float64Array(n * n);
  for (let e = 0; e < n; e++) {
    const vector = rowOf(vectors, n, e);
    // vᵀ·W, whose length is the root of the eigenvalue.
    const along = Float64Array.from({ length: n }, (_, column) => vector.reduce((sum, value, i) => sum + value * w[i * n + column]!, 0));
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[i * n + j]! += (vector[i]! * along[j]!) / Math.sqrt(values[e]!);
  }
  return result;
}
