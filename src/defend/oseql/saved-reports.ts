/** What OSEQL found so far, saved part by part: each line costs a call of the model, so that a test set takes hours. */
import type { Sample } from '../../core/contracts.ts';
import type { ResumeSlot } from '../../core/stage.ts';
import type { ModelInput } from '../../train/index.ts';
import { openRows, type SavedRows } from '../saved-rows.ts';
import type { Line } from './lines.ts';
import type { Report, ReportSettings } from './report.ts';

export interface Lined {
  readonly sample: Sample;
  readonly lines: readonly Line[];
}

type Found = Report<Line> | null;

export interface Reports {
  /** Probabilities of the whole inputs: saved ones, or those computed now. */
  wholes(compute: () => Promise<readonly number[]>): Promise<readonly number[]>;
  /** Of the samples from `start` on. */
  ofPart(start: number, part: readonly Lined[], compute: () => Promise<readonly Found[]>): Promise<readonly Found[]>;
}

/** @param resume kept by both kinds of rows: a shared one */
export function openReports(
  resume: ResumeSlot,
  samples: readonly Sample[],
  inputs: readonly ModelInput[],
  { outliers, contamination, ignoreBraces }: ReportSettings,
): Reports {
  const whole = openRows(resume, { name: 'whole-inputs', settings: null }, inputs);
  const settings = { outliers, contamination, ignoreBraces };
  const items = samples.map(({ id, programs }) => [id, ...programs.map(({ tokens, gaps }) => [tokens, gaps])]);
  const lines = openRows(resume, { name: 'reported-lines', settings }, items);
  return {
    async wholes(compute) {
      const saved = whole.rows.flatMap((row) => row?.[0] ?? []);
      if (saved.length === inputs.length) return saved;
      const found = await compute();
      found.forEach((probability, index) => (whole.rows[index] = Float64Array.of(probability)));
      saveIfOverdue(whole);
      return found;
    },
    async ofPart(start, part, compute) {
      const saved = part.map((_, index) => lines.rows[start + index]);
      if (saved.every((row) => row !== undefined)) return saved.map((row, index) => restored(row, part[index]!));
      const found = await compute();
      found.forEach((report, index) => (lines.rows[start + index] = stored(report, part[index]!)));
      saveIfOverdue(lines);
      return found;
    },
  };
}

function saveIfOverdue(saved: SavedRows): void {
  if (saved.isOverdue()) saved.save();
}

/** The line's place and what it changes; of no report nothing. */
const stored = (report: Found, { lines }: Lined): Float64Array =>
  report === null ? new Float64Array() : Float64Array.of(lines.indexOf(report.line), report.change);

const restored = ([place, change]: Float64Array, { lines }: Lined): Found =>
  place === undefined ? null : { line: lines[place]!, change: change! };
