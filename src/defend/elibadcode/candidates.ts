/** Candidate triggers of one iteration: the current trigger with one token replaced (method.md 4, steps d-e). */
import type { Rng } from '../../core/rng.ts';
import type { InversionSettings } from './shape.ts';

/** Draws per candidate before repeats are allowed: the authors' code would loop forever once the neighbourhood is used up. */
const MAX_DRAWS = 50;

/**
 * For each trigger place, the positions in the trigger vocabulary of the `topK` most negative gradient entries, most negative
 * first; ties go to the lower position.
 * @param gradient [n, size] row-major, finite
 */
export function mostNegative(gradient: Float32Array, size: number, topK: number): number[][] {
  return Array.from({ length: gradient.length / size }, (_, place) => lowest(gradient.subarray(place * size, (place + 1) * size), topK));
}

/** One pass that keeps the lowest so far in order: sorting the whole row would cost as much as scoring some dozen rows. */
function lowest(row: Float32Array, count: number): number[] {
  const kept: number[] = [];
  for (let index = 0; index < row.length; index++) {
    const value = row[index]!;
    if (kept.length === count && value >= row[kept[count - 1]!]!) continue;
    let at = kept.length;
    while (at > 0 && row[kept[at - 1]!]! > value) at--;
    kept.splice(at, 0, index);
    if (kept.length > count) kept.pop();
  }
  return kept;
}

/**
 * `repeat` candidates: a place uniform in 0…n−1, a rank uniform in 0…k−1.
 * @param choices for each place, token ids by rank
 * @param tried candidates of earlier iterations, as `ids.join()`; under `distinct` the new ones are added
 */
export function drawCandidates(
  trigger: readonly number[],
  choices: readonly (readonly number[])[],
  { repeat, distinct }: Pick<InversionSettings, 'repeat' | 'distinct'>,
  tried: Set<string>,
  rng: Rng,
): number[][] {
  const candidates: number[][] = [];
  for (let draws = 0; candidates.length < repeat; draws++) {
    const place = rng.integer(trigger.length);
    const candidate = trigger.with(place, rng.pick(choices[place]!));
    if (distinct) {
      const key = candidate.join();
      if (tried.has(key) && draws < MAX_DRAWS * repeat) continue;
      tried.add(key);
    }
    candidates.push(candidate);
  }
  return candidates;
}
