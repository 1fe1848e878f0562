/** The threshold: lowered until clean validation samples suffer (defenses.md 5, step 4). */
import type { Predictions } from '../../core/contracts.ts';
import { predictInputs, scorableModel } from '../../train/index.ts';
import type { PhaseContext } from '../contracts.ts';
import { countMasked } from './mask.ts';
import type { SettledAttDef } from './settings.ts';
import { maskedInput, scoreTokens, type Candidates, type ScoredSample, type Suspect } from './suspect.ts';

/** A type, because an interface is no JSON to the compiler. */
export type Tuned = {
  readonly threshold: number;
  /** The clean validation metric without any masking, and at the threshold. */
  readonly start: number;
  readonly kept: number;
  /** Validation samples used. */
  readonly samples: number;
};

/** 1.00, 0.99 … 0.00: at 1 nothing is masked. */
const thresholds = Array.from({ length: 101 }, (_, step) => (100 - step) / 100);
/** Thresholds that are tried together: samples masked for them share batches. */
const TOGETHER = 10;
/** A fall by exactly the tolerance is not more than it, whatever float64 makes of the difference. */
const ROUNDING = 1e-9;

export async function tuneThreshold(
  suspect: Suspect,
  validation: Candidates,
  { tolerance, steps }: Pick<SettledAttDef['preparation'], 'tolerance' | 'steps'>,
  context: PhaseContext,
): Promise<Tuned> {
  const { samples } = validation;
  const scored = await scoreTokens(suspect, validation, steps, context);
  const labels = samples.map(({ label }) => label);
  const metric = (predictions: Predictions): number => suspect.model.task.score(predictions, labels, 'half');

  let current = await openReadings(suspect, scored, context);
  const start = metric(current.predictions);
  let best = { threshold: 1, kept: start };
  for (let first = 1; first < thresholds.length; first += TOGETHER) {
    context.signal.throwIfAborted();
    const tried = await readAt(suspect, scored, current, thresholds.slice(first, first + TOGETHER), context);
    for (const { threshold, predictions } of tried) {
      const kept = metric(predictions);
      if (start - kept > tolerance + ROUNDING) return { ...best, start, samples: samples.length };
      best = { threshold, kept };
    }
    current = tried.at(-1)!;
    context.progress({ phase: 'threshold', done: first + tried.length, total: thresholds.length, detail: { metric: best.kept } });
  }
  return { ...best, start, samples: samples.length };
}

/** What the model makes of the samples, each with some number of sub-tokens masked. */
interface Readings {
  readonly masked: readonly number[];
  readonly predictions: Predictions;
}

async function openReadings({ model, victim }: Suspect, scored: readonly ScoredSample[], { engine }: PhaseContext): Promise<Readings> {
  const inputs = scored.map(({ input }) => input);
  return {
    masked: scored.map(() => 0),
    predictions: await predictInputs(engine, scorableModel(model), victim.tensors, inputs, zeros(inputs)),
  };
}

/** Readings at descending thresholds: what a threshold masks, the next one masks too, so that the count says which sub-tokens they are. */
async function readAt(
  suspect: Suspect,
  scored: readonly ScoredSample[],
  before: Readings,
  at: readonly number[],
  { engine }: PhaseContext,
): Promise<(Readings & { readonly threshold: number })[]> {
  const { model, victim } = suspect;
  const fresh: { readonly index: number; readonly threshold: number }[] = [];
  let [masked, sources] = [before.masked, [...scored.keys()]];
  const plan = at.map((threshold) => {
    const counts = scored.map(({ scores }) => countMasked(scores, threshold));
    const last = masked;
    sources = sources.map((source, index) => {
      if (counts[index] === last[index]) return source;
      fresh.push({ index, threshold });
      return scored.length + fresh.length - 1;
    });
    masked = counts;
    return { threshold, masked, sources };
  });
  // Programs alone: queries stay as they were read.
  const ofPrograms = model.task.streams[0]!.rows.length;
  const inputs = fresh.map(({ index, threshold }) => maskedInput(suspect, scored[index]!, threshold).slice(0, ofPrograms));
  const found = await predictInputs(engine, scorableModel(model), victim.tensors, inputs, zeros(inputs));
  return plan.map(({ sources: chosen, ...reading }) => ({ ...reading, predictions: choose(before.predictions, found, chosen) }));
}

const zeros = (inputs: readonly unknown[]): number[] => inputs.map(() => 0);

/** For each sample one of the predictions before, or one of those found, which are counted on behind them. */
function choose(before: Predictions, found: Predictions, sources: readonly number[]): Predictions {
  if (before.kind === 'labels' && found.kind === 'labels') {
    const all = [...before.probabilities, ...found.probabilities];
    return { kind: 'labels', probabilities: sources.map((source) => all[source]!) };
  }
  if (before.kind === 'vectors' && found.kind === 'vectors') {
    const all = [...before.codes, ...found.codes];
    return { kind: 'vectors', codes: sources.map((source) => all[source]!), queries: before.queries };
  }
  throw new Error('a model’s predictions are of one kind');
}
