/** The model under test, opened once: attributions of samples, and what it reads of a sample whose sub-tokens are masked. */
import type { Sample, TaskName } from '../../core/contracts.ts';
import {
  changedInput,
  inputsOf,
  openModel,
  scorableModel,
  type Model,
  type ModelInput,
  type Victim,
  type WordChange,
} from '../../train/index.ts';
import type { PhaseContext } from '../contracts.ts';
import { attribute } from './attribute.ts';
import { maskedWords, normalise, type TokenScores } from './mask.ts';

export interface Suspect {
  readonly model: Model;
  readonly victim: Victim;
}

export const openSuspect = ({ task, victim }: { readonly task: TaskName; readonly victim: Victim }): Suspect => ({
  model: openModel(victim.model, task),
  victim,
});

export interface ScoredSample {
  readonly sample: Sample;
  readonly input: ModelInput;
  /** Empty where nothing is masked at any threshold: of a function without a query, and of a sample that is not treated. */
  readonly scores: TokenScores;
}

export interface Candidates {
  readonly samples: readonly Sample[];
  /** One entry a sample: whether it may be masked. */
  readonly isTreated: readonly boolean[];
}

export async function scoreTokens(
  { model, victim }: Suspect,
  { samples, isTreated }: Candidates,
  steps: number,
  { engine, signal, progress, resume }: PhaseContext,
): Promise<ScoredSample[]> {
  const inputs = inputsOf(model, samples);
  const rows = model.task.streams.reduce((sum, stream) => sum + stream.rows.length, 0);
  const whole = [...inputs.keys()].filter((index) => isTreated[index] === true && inputs[index]!.length === rows);
  const found = await attribute(
    engine,
    scorableModel(model),
    victim.tensors,
    whole.map((index) => inputs[index]!),
    { steps, signal, resume, done: (done) => progress({ phase: 'attribution', done, total: whole.length }) },
  );
  const scores = new Map(whole.map((index, at) => [index, normalise(found[at]!.rows)]));
  return samples.map((sample, index) => ({ sample, input: inputs[index]!, scores: scores.get(index) ?? [] }));
}

export const changesAt = ({ model }: Suspect, { sample, scores }: ScoredSample, threshold: number): WordChange[] =>
  maskedWords(model, sample, scores, threshold);

export const maskedInput = (suspect: Suspect, scored: ScoredSample, threshold: number): ModelInput =>
  changedInput(suspect.model, scored.sample, scored.input, changesAt(suspect, scored, threshold));
