/** ONION's threshold: lowered until clean validation samples suffer (defenses.md 4; how the authors picked one of their sweep is not said). */
import type { Predictions, Sample } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import { openModel, predict, type WordChange } from '../../train/index.ts';
import type { PhaseContext, Provided } from '../contracts.ts';
import { scoredBy } from './scored-by.ts';
import type { SettledOnion } from './settings.ts';
import { changesOf } from './words.ts';

/** A type, because an interface is no JSON to the compiler. */
export type Tuned = {
  readonly threshold: number;
  /** The clean validation metric without the filter, and at the threshold. */
  readonly start: number;
  readonly kept: number;
};

/** A fall by exactly the tolerance is not more than it, whatever float64 makes of the difference. */
const ROUNDING = 1e-9;

export async function tuneThreshold(
  { task, victim, pool, validation }: Provided<'victim' | 'pool' | 'validation'>,
  { lowest, highest, tolerance, filter }: SettledOnion['preparation'],
  context: PhaseContext,
): Promise<Tuned> {
  if (validation.length === 0 || lowest > highest)
    throw new UserError(
      'preparation',
      `thresholds from ${highest} down to ${lowest}, ${validation.length} validation samples`,
      'some of each',
    );
  const { scores } = await scoredBy(pool, validation, filter, context);
  const labels = validation.map(({ label }) => label);
  const { score } = openModel(victim.model, task).task;
  const read = (samples: readonly (Sample | null)[], changes: readonly (readonly WordChange[])[]): Promise<Predictions> =>
    predict({ task, victim, samples, changes }, context);

  let changes: readonly (readonly WordChange[])[] = validation.map(() => []);
  let predictions = await read(validation, changes);
  const start = score(predictions, labels, 'half');
  let best: Tuned | null = null;
  for (let threshold = highest; threshold >= lowest; threshold--) {
    context.signal.throwIfAborted();
    const next = validation.map((sample) => changesOf(sample, scores, threshold, filter));
    // What a threshold removes, a lower one removes too: the count says whether it is the same.
    const moved = validation.map((sample, index) => (next[index]!.length === changes[index]!.length ? null : sample));
    if (moved.some((sample) => sample !== null)) predictions = merged(await read(moved, next), predictions);
    changes = next;
    const kept = score(predictions, labels, 'half');
    context.progress({ phase: 'threshold', done: highest - threshold + 1, total: highest - lowest + 1, detail: { metric: kept } });
    if (start - kept > tolerance + ROUNDING) break;
    best = { threshold, start, kept };
  }
  if (best !== null) return best;
  throw new UserError(
    'preparation',
    `the validation metric falls by more than ${tolerance} at threshold ${highest} already`,
    'a higher `highest`, or a threshold of purification',
  );
}

/** The newer predictions where there are any. */
function merged(newer: Predictions, older: Predictions): Predictions {
  const over = <T>(values: readonly (T | null)[], old: readonly (T | null)[]): (T | null)[] =>
    values.map((value, index) => value ?? old[index]!);
  if (newer.kind === 'labels' && older.kind === 'labels')
    return { kind: 'labels', probabilities: over(newer.probabilities, older.probabilities) };
  if (newer.kind === 'vectors' && older.kind === 'vectors')
    return { kind: 'vectors', codes: over(newer.codes, older.codes), queries: over(newer.queries, older.queries) };
  throw new Error('one model predicts labels or vectors, not both');
}
