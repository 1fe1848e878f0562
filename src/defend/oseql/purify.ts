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
import { sharedSlot } from '../saved-rows.ts';
import { presentAmong } from '../../core/present.ts';
import { type Line, linesOf, withoutLine } from './lines.ts';
import { openReports, type Lined } from './saved-reports.ts';
import { reportLine, type ReportSettings } from './report.ts';

/** Inputs that are scored together: enough to fill batches of every length, few enough to hold (a test set has some 10⁵). */
const TOGETHER = 4096;

/** @param together lines whose inputs are scored at once */
export async function removeLines(
  inputs: Pick<PurifyInputs, 'samples'> & { readonly task: TaskName; readonly victim: Victim },
  settings: ReportSettings,
  { engine, rng, signal, progress, resume }: PhaseContext,
  together = TOGETHER,
): Promise<Purified> {
  const model = openModel(inputs.victim.model, inputs.task);
  const { entries: samples, spread } = presentAmong(inputs.samples);
  const plain = inputsOf(model, samples);
  const reports = openReports(sharedSlot(resume), samples, plain, settings);
  const purified: PurifiedSample[] = [];
  const scorer = await openScorer(engine, scorableModel(model), inputs.victim.tensors);
  try {
    const wholes = await reports.wholes(() => probabilities(scorer, plain));
    for (const part of partsOf(samples, together)) {
      signal.throwIfAborted();
      const start = purified.length;
      const found = await reports.ofPart(start, part, async () => {
        const suspects = part.map(({ sample, lines }, index) => suspectOf(model, sample, plain[start + index]!, lines));
        const variants = suspects.flatMap((suspect) => suspect.variants);
        const without = (await probabilities(scorer, variants)).values();
        return suspects.map(({ lines, isChanged }, index) => {
          const whole = wholes[start + index]!;
          const each = isChanged.map((changed) => (changed ? without.next().value! : whole));
          return reportLine(lines, each, whole, settings, rng.fork(part[index]!.sample.id));
        });
      });
      purified.push(
        ...found.map((report) =>
          report === null ? { score: 0, changes: [] } : { score: report.change, changes: withoutLine(report.line) },
        ),
      );
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
