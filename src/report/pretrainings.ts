/** What a report knows of a pretraining: which stand-in, and its losses epoch by epoch. */

export interface Pretraining {
  /** `codebert-standin-mini`. */
  readonly name: string;
  /** What it learned: `masked-tokens`. */
  readonly objective: string;
  readonly curve: readonly LossPoint[];
}

interface LossPoint {
  /** From 0. */
  readonly epoch: number;
  /** Mean over the epoch, while the model learns. */
  readonly trainLoss: number;
  /** After the epoch, on rows that are not trained on. */
  readonly validLoss: number;
}

/** Those that victims start from. @param weights what the victims' weights are called */
export function pretrainingsBehind(weights: readonly string[], all: readonly Pretraining[]): Pretraining[] {
  return all.filter(({ name }) => weights.includes(`pretrained:${name}`));
}
