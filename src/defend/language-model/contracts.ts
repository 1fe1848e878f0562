/** What a model of clean code says of rows of words: how likely each is, whole and without each of its words. */

export type Words = readonly string[];

export interface RowScore {
  /** Natural logarithm of the probability of what was predicted; ≤ 0. */
  readonly logLikelihood: number;
  /** How many tokens were predicted, in the model's own tokens; 0: the row is too short to predict anything. */
  readonly predictions: number;
}

export interface Deletions {
  readonly whole: RowScore;
  /** Entry j: the row without word j. */
  readonly without: readonly RowScore[];
}

/** Rows come in batches and scores as promises, so that a model may compute on any device. */
export interface LanguageModel {
  /** For records: kind, and what it was made from. */
  readonly description: string;
  /** How many of the first words are read when a row is cut at `limit` tokens of the model's own. */
  fitting(words: Words, limit: number): number;
  deletions(rows: readonly Words[]): Promise<Deletions[]>;
  /** Frees what it holds on a device. */
  close(): Promise<void>;
}

/** Deletions of a model that scores whole rows alone: each is a row of its own. */
export async function deletionsBy(scores: (rows: readonly Words[]) => Promise<RowScore[]>, rows: readonly Words[]): Promise<Deletions[]> {
  const variants = rows.map((row) => [row, ...row.map((_, word) => row.toSpliced(word, 1))]);
  const found = (await scores(variants.flat())).values();
  return variants.map((row) => {
    const [whole, ...without] = row.map(() => found.next().value!);
    return { whole: whole!, without };
  });
}

/** exp of the mean negative log-likelihood; `null` where nothing was predicted. */
export function perplexity({ logLikelihood, predictions }: RowScore): number | null {
  return predictions === 0 ? null : Math.exp(-logLikelihood / predictions);
}
