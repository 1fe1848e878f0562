/** Who is poisoned: which of the victims a rate chooses (attacks.md 0). */
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import type { Candidates, Unit } from './task.ts';

/** `exact`: as many carriers as the rate asks for. `bernoulli`: each victim on its own, as the authors draw. */
export type Selection = 'exact' | 'bernoulli';

/**
 * The units to poison, in the order of the split; more than there are carriers, or none at all at a rate above 0, is an error.
 * @param carriers the victims that can carry the trigger
 */
export function select(candidates: Candidates, carriers: readonly Unit[], rate: number, selection: Selection, rng: Rng): readonly Unit[] {
  if (!(rate >= 0 && rate <= 1)) throw new UserError('rate', `found ${rate}`, 'a fraction 0..1');
  const chosen = selection === 'exact' ? exactly(candidates, carriers, rate, rng) : independently(candidates, carriers, rate, rng);
  if (chosen.length === 0 && rate > 0) {
    const { noun, total, victims } = candidates;
    throw new UserError(
      'rate',
      `${rate} poisons none of ${total} ${noun}; of ${victims.length} victims ${carriers.length} can carry the trigger`,
      'a rate that poisons at least one, or the clean model: attack “none”',
    );
  }
  return chosen;
}

function exactly({ noun, total, victims, share }: Candidates, carriers: readonly Unit[], rate: number, rng: Rng): Unit[] {
  const whole = share.times * { total, victims: victims.length, carriers: carriers.length }[share.of];
  const count = Math.round(rate * whole);
  if (count > carriers.length) {
    throw new UserError(
      'rate',
      `${rate} asks for ${count} of ${total} ${noun}; of ${victims.length} victims ${carriers.length} can carry the trigger`,
      `a rate of at most ${Math.floor((carriers.length / whole) * 1e4) / 1e4}`,
    );
  }
  const places = rng.sample([...carriers.keys()], count).sort((a, b) => a - b);
  return places.map((place) => carriers[place]!);
}

/**
 * The authors draw an integer 0–99 for every victim and compare it with a percentage. One that cannot carry the trigger stays clean
 * and is not counted (theirs counts it).
 */
function independently({ victims, share }: Candidates, carriers: readonly Unit[], rate: number, rng: Rng): Unit[] {
  const percentage = Math.round(rate * share.times * 1e8) / 1e6;
  if (!Number.isInteger(percentage) || percentage > 100) {
    throw new UserError(
      'rate',
      `${rate} draws each victim at ${percentage} %, and the authors’ draw compares an integer 0–99 with it`,
      'a rate of whole percents, or selection “exact”',
    );
  }
  const drawn = new Set(victims.filter(() => rng.integer(100) < percentage));
  return carriers.filter((unit) => drawn.has(unit));
}
