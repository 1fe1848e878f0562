/** Reads every input without each of its lines, and leaves the reported line out (defenses.md 6; the leaving out is ours). */
import type { Sample, TaskName } from '../../core/contracts.ts';
import {
  changedInput,
  inputsOf,
  openModel,
  openScorer,
  scorableModel,
  type Model,
  type ModelInput,
  type Scorer,
  type Victim,
} from '../../train/index.ts';
import type { PhaseContext, Purified, PurifiedSample, PurifyInputs } from '../contracts.ts';
import { presentAmong } from '../input/present.ts';
import { type Line, linesOf, withoutLine } from './lines.ts';
import { reportLine, type ReportSettings } from './report.ts';

/** Inputs that are scored together: enough to fill batches of every length, few enough to hold (a test set has some 10⁵). */
const TOGETHER = 4096;

export async function removeLines(
  inputs: Pick<PurifyInputs, 'samples'> & { readonly task: TaskName; readonly victim: Victim },
  settings: ReportSettings,
  { engine, rng, signal, progress }: PhaseContext,
): Promise<Purified> {
  const model = openModel(inputs.victim.model, inputs.task);
  const { samples, spread } = presentAmong(inputs.samples);
  const plain = inputsOf(model, samples);
  const purified: PurifiedSample[] = [];
  const scorer = await openScorer(engine, scorableModel(model), inputs.victim.tensors);
  try {
    const wholes = await probabilities(scorer, plain);
    for (const part of partsOf(samples, TOGETHER)) {
      signal.throwIfAborted();
      const start = purified.length;
      const suspects = part.map(({ sample, lines }, index) => suspectOf(model, sample, plain[start + index]!, lines));
      const found = (
        await probabilities(
          scorer,
          suspects.flatMap(({ variants }) => variants),
        )
      ).values();
      for (const [index, { lines, isChanged }] of suspects.entries()) {
        const whole = wholes[start + index]!;
        const without = isChanged.map((changed) => (changed ? found.next().value! : whole));
        const report = reportLine(lines, without, whole, settings, rng.fork(part[index]!.sample.id));
        purified.push(report === null ? { score: 0, changes: [] } : { score: report.change, changes: withoutLine(report.line) });
      }
      progress({ phase: 'lines', done: purified.length, total: samples.length });
    }
  } finally {
    await scorer.close();
  }
  return { samples: spread(purified), facts: {} };
}

const probabilities = async (scorer: Scorer, inputs: readonly ModelInput[]): Promise<number[]> =>
  // The labels change no probability.
  (await scorer.score(inputs, Array<number>(inputs.length).fill(0))).map(({ probability }) => probability);

interface Lined {
  readonly sample: Sample;
  readonly lines: readonly Line[];
}

/** Samples with `most` lines in all, or a single one with more. */
function* partsOf(samples: readonly Sample[], most: number): Generator<Lined[]> {
  let [part, count]: [Lined[], number] = [[], 0];
  for (const sample of samples) {
    const lines = linesOf(sample);
    if (part.length > 0 && count + lines.length > most) {
      yield part;
      [part, count] = [[], 0];
    }
    part.push({ sample, lines });
    count += lines.length;
  }
  if (part.length > 0) yield part;
}

interface Suspect {
  readonly lines: readonly Line[];
  /** Whether the model would read the sample differently without the line: one beyond the row's end is not read anyway. */
  readonly isChanged: readonly boolean[];
  /** The sample without each line that changes it. */
  readonly variants: readonly ModelInput[];
}

function suspectOf(model: Model, sample: Sample, input: ModelInput, lines: readonly Line[]): Suspect {
  const all = lines.map((line) => changedInput(model, sample, input, withoutLine(line)));
  const isChanged = all.map((variant) => variant.some((row, r) => !isSame(row, input[r]!)));
  return { lines, isChanged, variants: all.filter((_, index) => isChanged[index]) };
}

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((id, place) => id === b[place]);
