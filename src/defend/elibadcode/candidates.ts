/** Candidate triggers of one iteration: the current trigger with one token replaced (method.md 4, steps d-e). */
import type { Rng } from '../../core/rng.ts';
import type { InversionSettings } from './settings.ts';

/** Draws per candidate before repeats are allowed. */
const MAX_DRAWS = 50;

/**
 * For each trigger place, the positions in the trigger vocabulary of the `topK` most negative gradient entries, most negative
 * first; ties go to the lower position.
 * @param gradient [n, size] row-major
 */
export function mostNegative(gradient: Float32Array, size: number, topK: number): number[][] {
  return Array.from({ length: gradient.length / size }, (_, place) => {
    const row = gradient.subarray(place * size, (place + 1) * size);
    const limit = row.toSorted()[topK - 1]!;
    const low: number[] = [];
    row.forEach((value, index) => {
      if (value <= limit) low.push(index);
    });
    return low.sort((a, b) => row[a]! - row[b]! || a - b).slice(0, topK);
  });
}

/**
 * `repeat` candidates: a place uniform in 0…n−1, a rank uniform in 0…k−1.
 * @param choices for each place, token ids by rank
 * @param tried candidates of earlier iterations, as `ids.join()`; the new ones are added
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
    const isNew = !tried.has(candidate.join());
    if (distinct && !isNew && draws < MAX_DRAWS * repeat) continue;
    tried.add(candidate.join());
    candidates.push(candidate);
  }
  return candidates;
}
