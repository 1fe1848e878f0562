/** Candidate triggers of one iteration: the current trigger with one token replaced (method.md 4, step e). */
import type { Rng } from '../../core/rng.ts';
import type { InversionSettings } from './shape.ts';

/** Draws per candidate before repeats are allowed: the authors' code would loop forever once the neighbourhood is used up. */
const MAX_DRAWS = 50;

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
