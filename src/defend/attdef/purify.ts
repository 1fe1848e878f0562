/** Masks what carries the prediction (defenses.md 5): in every input, or in those that the gate flags. */
import type { Sample } from '../../core/contracts.ts';
import type { PhaseContext, Provided, Purified, PurifyInputs } from '../contracts.ts';
import { sharedSlot } from '../saved-rows.ts';
import { presentAmong } from '../../core/present.ts';
import { flagged, gateFact, suspicionsOf } from './gate.ts';
import type { Learnt } from './prepare.ts';
import type { SettledAttDef } from './settings.ts';
import { changesAt, openSuspect, scoreTokens } from './suspect.ts';

type Inputs = Provided<'victim' | 'pool'> & Pick<PurifyInputs, 'samples'> & { readonly prepared: Learnt | null };
type Settings = SettledAttDef['purification'];
type Facts = Pick<Purified, 'facts'>;

export async function maskInputs(inputs: Inputs, settings: Settings, given: PhaseContext): Promise<Purified> {
  const context = { ...given, resume: sharedSlot(given.resume) };
  const { threshold, facts } = thresholdOf(settings, inputs.prepared);
  const { entries: samples, spread } = presentAmong(inputs.samples);
  const gate = await throughGate(samples, inputs, settings, context);
  const suspect = openSuspect(inputs);
  const scored = await scoreTokens(suspect, { samples, isTreated: gate.isTreated }, settings.steps, context);
  return {
    samples: spread(scored.map((one, index) => ({ score: gate.scores[index]!, changes: changesAt(suspect, one, threshold) }))),
    facts: { ...facts, ...gate.facts },
  };
}

interface Passed extends Facts {
  readonly scores: readonly (number | null)[];
  readonly isTreated: readonly boolean[];
}

async function throughGate(
  samples: readonly Sample[],
  { pool, prepared }: Inputs,
  { gateModel }: Settings,
  context: PhaseContext,
): Promise<Passed> {
  // Without a gate no input is more suspicious than another.
  if (gateModel === null) return { scores: samples.map(() => null), isTreated: samples.map(() => true), facts: {} };
  const limit = prepared?.gate ?? null;
  if (limit === null) throw new Error('attdef: a gate’s limit comes from the phase that finds it');
  const suspicions = await suspicionsOf(samples, pool, gateModel, context);
  return { scores: suspicions.scores, isTreated: flagged(suspicions, limit), facts: { gate: gateFact(suspicions, limit) } };
}

function thresholdOf({ threshold }: Settings, prepared: Learnt | null): Facts & { readonly threshold: number } {
  if (threshold !== 'tuned') return { threshold, facts: { 'masking threshold': `${threshold}, given` } };
  const tuned = prepared?.tuned ?? null;
  if (tuned === null) throw new Error('attdef: a tuned threshold comes from the phase that finds it');
  const { start, kept, samples } = tuned;
  const fact = `${tuned.threshold}: clean validation metric ${kept} where it was ${start}, ${samples} samples`;
  return { threshold: tuned.threshold, facts: { 'masking threshold': fact } };
}
