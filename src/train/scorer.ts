/** Scores id rows with a model whose parameters stay on the device: batches of like length, a compiled program a shape. */
import type { DeviceTensor, Engine, Program } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import type { Model } from './model.ts';
import { flatten } from './parameters.ts';
import { scoreProgram, type ScoreInput } from './programs.ts';
import { bucketLength, chunk, makeBatch, vector } from './rows.ts';

export interface ScoredRow {
  /** The row's loss for the label it was given with. */
  readonly loss: number;
  /** Probability of label 1. */
  readonly probability: number;
}

export interface Scorer {
  /** In the order of `rows`. @param labels one a row */
  score(rows: readonly (readonly number[])[], labels: readonly number[]): Promise<ScoredRow[]>;
  /** The model's parameters on the device, for programs beside this one. */
  readonly theta: DeviceTensor;
  close(): Promise<void>;
}

type ScorableModel = Pick<Model, 'shape' | 'task' | 'parameters'> & { readonly maxTokens: number; readonly padId: number };

export function scorableModel(model: Model): ScorableModel {
  return { ...model, maxTokens: model.config.maxTokens, padId: model.tokenizer.special.pad };
}

/** Sub-tokens scored at once: enough to keep the cores busy, little enough to stay in cache and memory. */
const BATCH_TOKENS = 8192;

export async function openScorer(engine: Engine, model: ScorableModel, tensors: ReadonlyMap<string, HostTensor>): Promise<Scorer> {
  const data = flatten(model.parameters, tensors);
  const theta = await engine.upload({ shape: [data.length], dtype: 'float32', data });
  const programs = new Map<number, Program<ScoreInput, never, 'losses' | 'probabilities'>>();
  const batchSize = (tokens: number): number => Math.max(1, Math.floor(BATCH_TOKENS / tokens));
  const programFor = async (tokens: number): Promise<Program<ScoreInput, never, 'losses' | 'probabilities'>> => {
    const known = programs.get(tokens);
    if (known !== undefined) return known;
    const program = await engine.compile(scoreProgram(model, { batch: batchSize(tokens), tokens }));
    programs.set(tokens, program);
    return program;
  };

  return {
    theta,
    async score(rows, labels) {
      const scored: ScoredRow[] = Array.from({ length: rows.length });
      const buckets = groupBy(rows, (row) => bucketLength(row.length, model.maxTokens));
      for (const [tokens, indices] of buckets) {
        const program = await programFor(tokens);
        for (const part of chunk(indices, batchSize(tokens))) {
          const batch = makeBatch(
            part.map((index) => rows[index]!),
            batchSize(tokens),
            tokens,
            model.padId,
          );
          const given = vector(
            part.map((index) => labels[index]!),
            batchSize(tokens),
          );
          const { fetched } = await program.run({ theta, ...batch, labels: given });
          part.forEach((index, r) => (scored[index] = { loss: fetched.losses[r]!, probability: fetched.probabilities[r]! }));
        }
      }
      return scored;
    },
    async close() {
      theta.dispose();
      for (const program of programs.values()) await program.release();
    },
  };
}

/** Indices of `items` by key, in order of first appearance. */
function groupBy<T>(items: readonly T[], key: (item: T) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  items.forEach((item, index) => {
    const k = key(item);
    const group = groups.get(k);
    if (group === undefined) groups.set(k, [index]);
    else group.push(index);
  });
  return groups;
}
