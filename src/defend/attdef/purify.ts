/** Masks what carries the prediction (defenses.md 5): every input is treated, as in the authors' variant without a gate. */
import type { TaskName } from '../../core/contracts.ts';
import type { Victim } from '../../train/index.ts';
import type { PhaseContext, Purified, PurifyInputs } from '../contracts.ts';
import { presentAmong } from '../input/present.ts';
import type { PurificationSettings } from './settings.ts';
import { changesAt, openSuspect, scoreTokens } from './suspect.ts';
import type { Tuned } from './tune.ts';

export async function maskInputs(
  inputs: Pick<PurifyInputs, 'samples'> & { readonly task: TaskName; readonly victim: Victim; readonly prepared: Tuned | null },
  settings: PurificationSettings,
  context: PhaseContext,
): Promise<Purified> {
  const { threshold, facts } = thresholdOf(settings, inputs.prepared);
  const suspect = openSuspect(inputs);
  const { samples, spread } = presentAmong(inputs.samples);
  const scored = await scoreTokens(suspect, samples, settings.steps, context);
  // Without a gate no input is more suspicious than another.
  return { samples: spread(scored.map((one) => ({ score: null, changes: changesAt(suspect, one, threshold) }))), facts };
}

function thresholdOf({ threshold }: PurificationSettings, tuned: Tuned | null): Pick<Purified, 'facts'> & { readonly threshold: number } {
  if (threshold !== 'tuned') return { threshold, facts: { 'masking threshold': `${threshold}, given` } };
  if (tuned === null) throw new Error('attdef: a tuned threshold comes from the phase that finds it');
  const { start, kept, samples } = tuned;
  const fact = `${tuned.threshold}: clean validation metric ${kept} where it was ${start}, ${samples} samples`;
  return { threshold: tuned.threshold, facts: { 'masking threshold': fact } };
}
