/** The rows that evaluation and inversion are timed on: read from the file that rows.ts writes, or made up with like lengths. */
import { UserError } from '../src/core/errors.ts';
import { readJson } from '../src/core/fs.ts';
import { sha256 } from '../src/core/hash.ts';
import { makeRng, type Rng } from '../src/core/rng.ts';
import { stamp, type Host } from '../src/defend/elibadcode/stamp.ts';
import { setting } from './cases.ts';

/** RoBERTa's; they are the same in every vocabulary here. */
export const special = { cls: 0, pad: 1, sep: 2, unk: 3, mask: null } as const;
const FIRST_ORDINARY = 4;

export interface RowFile {
  /** For the tables. */
  readonly origin: string;
  /** Rows to evaluate, and the label of each. */
  readonly evaluation: readonly (readonly number[])[];
  readonly labels: readonly number[];
  /** Functions of the victims' label, masked, with the trigger's place (method.md 3). */
  readonly hosts: readonly Host[];
  /** T, ids ascending. */
  readonly triggerVocabulary: readonly number[];
}

export const digestOf = (rows: RowFile): string => sha256(JSON.stringify(rows)).slice(0, 16);

export function readRowFile(path: string): RowFile {
  const rows = readJson(path) as RowFile;
  const found = [rows.evaluation, rows.labels, rows.hosts].map((list) => (Array.isArray(list) ? list.length : 0)).join();
  const wanted = [setting.evaluationRows, setting.evaluationRows, setting.samples].join();
  if (found !== wanted) throw new UserError(path, `rows, labels, hosts: ${found}`, `${wanted}, as bench/rows.ts writes them`);
  return rows;
}

/** Lengths of Devign's test split in sub-tokens at 0, 10 … 100 %, cut to 400, as the tokenizer `gpt2` gives them. */
const LENGTH_DECILES = [11, 80, 118, 166, 226, 308, 400, 400, 400, 400, 400] as const;

/** Rows of random ids whose lengths have Devign's deciles, uniform in between; the trigger at a random place. */
export function madeUpRows(): RowFile {
  const rng = makeRng('bench rows');
  const vocabulary = 50_265;
  const row = (own: Rng): number[] => {
    const ids = Array.from({ length: drawLength(own) - 2 }, () => FIRST_ORDINARY + own.integer(vocabulary - FIRST_ORDINARY));
    return [special.cls, ...ids, special.sep];
  };
  const host = (own: Rng): Host => {
    const ids = row(own);
    return { ids, position: 1 + own.integer(Math.min(ids.length - 1, setting.maxTokens - setting.triggerTokens - 1)), others: [] };
  };
  return {
    origin: 'made-up rows with the lengths of Devign’s test split',
    evaluation: Array.from({ length: setting.evaluationRows }, (_, i) => row(rng.fork('evaluation').fork(i))),
    labels: Array.from({ length: setting.evaluationRows }, (_, i) => i % 2),
    hosts: Array.from({ length: setting.samples }, (_, i) => host(rng.fork('host').fork(i))),
    // As many as method.md 1 counts for the default rule.
    triggerVocabulary: rng
      .fork('vocabulary')
      .sample(range(FIRST_ORDINARY, vocabulary), 15_835)
      .sort((a, b) => a - b),
  };
}

function drawLength(rng: Rng): number {
  const place = rng.uniform() * (LENGTH_DECILES.length - 1);
  const [low, high] = [LENGTH_DECILES[Math.floor(place)]!, LENGTH_DECILES[Math.floor(place) + 1]!];
  return Math.round(low + (high - low) * (place % 1));
}

/** What one size is timed on. */
export interface JobRows extends Omit<RowFile, 'origin'> {
  readonly target: number;
  /** The hosts with `unk` at the trigger's places, cut to L: what the peer writes its triggers into. */
  readonly stamped: readonly (readonly number[])[];
}

/** Ids beyond a small vocabulary are folded into it; special ids stay. */
export function foldRows({ evaluation, labels, hosts, triggerVocabulary }: RowFile, vocabulary: number): JobRows {
  const fold = (id: number): number =>
    id < FIRST_ORDINARY ? id : FIRST_ORDINARY + ((id - FIRST_ORDINARY) % (vocabulary - FIRST_ORDINARY));
  const folded = hosts.map(({ ids, position }) => ({ ids: ids.map(fold), position, others: [] }));
  const blank = Array<number>(setting.triggerTokens).fill(special.unk);
  return {
    evaluation: evaluation.map((row) => row.map(fold)),
    labels,
    hosts: folded,
    target: 0,
    stamped: folded.map((host) => stamp(host, blank, { maxTokens: setting.maxTokens, sep: special.sep }).row),
    triggerVocabulary: [...new Set(triggerVocabulary.map(fold))].sort((a, b) => a - b),
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
