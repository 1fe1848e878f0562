/** What AttDef learns of clean validation samples before any input is seen: the gate's limit, and the threshold (defenses.md 5, steps 1 and 4). */
import type { Sample } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import type { PhaseContext, Provided } from '../contracts.ts';
import { sharedSlot } from '../saved-rows.ts';
import { flagged, limitOf, suspicionsOf, type GateLimit } from './gate.ts';
import type { SettledAttDef } from './settings.ts';
import { openSuspect } from './suspect.ts';
import { tuneThreshold, type Tuned } from './tune.ts';

/** A type, because an interface is no JSON to the compiler. */
export type Learnt = {
  /** `null`: the threshold is given. */
  readonly tuned: Tuned | null;
  /** `null`: there is no gate. */
  readonly gate: GateLimit | null;
};

export async function learnFromValidation(
  inputs: Provided<'victim' | 'pool' | 'validation'>,
  { gateModel, threshold, ...settings }: SettledAttDef['preparation'],
  given: PhaseContext,
): Promise<Learnt> {
  const context = { ...given, resume: sharedSlot(given.resume) };
  const samples = drawn(inputs.validation, settings.validationSamples, threshold, context);
  const suspicions = gateModel === null ? null : await suspicionsOf(samples, inputs.pool, gateModel, context);
  const gate = suspicions === null ? null : limitOf(suspicions);
  if (threshold !== 'tuned') return { tuned: null, gate };
  // As the authors' code: what the gate lets pass counts as it is.
  const isTreated = suspicions === null ? samples.map(() => true) : flagged(suspicions, gate!);
  return { tuned: await tuneThreshold(openSuspect(inputs), { samples, isTreated }, settings, context), gate };
}

/** In their own order. */
function drawn(
  validation: readonly Sample[],
  count: number | null,
  threshold: SettledAttDef['preparation']['threshold'],
  { rng }: PhaseContext,
): readonly Sample[] {
  if (validation.length === 0) {
    const [place, found, accepted] =
      threshold === 'tuned' ? ['threshold', 'tuned', 'a number from 0 to 1'] : ['gate', 'language-model', '“none”'];
    throw new UserError(`purification.${place}`, `“${found}”, and there is no validation sample`, accepted);
  }
  if (count === null || count >= validation.length) return validation;
  const chosen = new Set(rng.fork('validation samples').sample([...validation.keys()], count));
  return validation.filter((_, index) => chosen.has(index));
}
