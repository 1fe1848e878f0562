/** Scores id rows with a model whose parameters stay on the device: batches of like length, a compiled program a shape. */
import type { Rng } from '../core/rng.ts';
import { dropoutPlace, dropoutPool, type DeviceTensor, type Engine, type HostValue } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { modelDropout } from './dropout-plan.ts';
import type { Model } from './model.ts';
import { flatten } from './parameters.ts';
import { scoreProgram, scoreWithDropoutProgram, type RowShape, type ScoreInput } from './programs.ts';
import { bucketLength, chunk, makeBatch, vector } from './rows.ts';

export interface ScoredRow {
  /** The row's loss for the label it was given with. */
  readonly loss: number;
  /** Probability of label 1. */
  readonly probability: number;
}

export interface Scorer {
  /**
   * In the order of `rows`.
   * @param labels one a row
   * @param rng chooses the dropout masks of a scorer in training mode, which needs it; otherwise unused
   */
  score(rows: readonly (readonly number[])[], labels: readonly number[], rng?: Rng): Promise<ScoredRow[]>;
  /** The model's parameters on the device, for programs beside this one. */
  readonly theta: DeviceTensor;
  close(): Promise<void>;
}

export type ScorableModel = Pick<Model, 'shape' | 'task' | 'parameters'> & { readonly maxTokens: number; readonly padId: number };

export function scorableModel(model: Model): ScorableModel {
  return { ...model, maxTokens: model.config.maxTokens, padId: model.tokenizer.special.pad };
}

/** Training mode: dropout is on. */
export interface TrainingMode {
  /** 0..1 */
  readonly dropout: number;
  readonly rng: Rng;
}

/** Sub-tokens scored at once: enough to keep the cores busy, little enough to stay in cache and memory. */
const BATCH_TOKENS = 8192;

const batchShape = (tokens: number): RowShape => ({ batch: Math.max(1, Math.floor(BATCH_TOKENS / tokens)), tokens });

/** @param mode `null`: evaluation */
export async function openScorer(
  engine: Engine,
  model: ScorableModel,
  tensors: ReadonlyMap<string, HostTensor>,
  mode: TrainingMode | null = null,
): Promise<Scorer> {
  const data = flatten(model.parameters, tensors);
  const theta = await engine.upload({ shape: [data.length], dtype: 'float32', data });
  const programs = new Map<number, BatchProgram>();
  const programFor = async (tokens: number): Promise<BatchProgram> => {
    const known = programs.get(tokens);
    if (known !== undefined) return known;
    const program = await compileBatch(engine, model, batchShape(tokens), mode);
    programs.set(tokens, program);
    return program;
  };

  return {
    theta,
    async score(rows, labels, rng) {
      const scored: ScoredRow[] = Array.from({ length: rows.length });
      const buckets = groupBy(rows, (row) => bucketLength(row.length, model.maxTokens));
      for (const [tokens, indices] of buckets) {
        const program = await programFor(tokens);
        const { batch } = batchShape(tokens);
        for (const [number, part] of chunk(indices, batch).entries()) {
          const inputs = {
            theta,
            ...makeBatch(
              part.map((index) => rows[index]!),
              batch,
              tokens,
              model.padId,
            ),
            labels: vector(
              part.map((index) => labels[index]!),
              batch,
            ),
          };
          const { losses, probabilities } = await program.run(inputs, rng?.fork(tokens).fork(number));
          part.forEach((index, r) => (scored[index] = { loss: losses[r]!, probability: probabilities[r]! }));
        }
      }
      return scored;
    },
    async close() {
      theta.dispose();
      for (const program of programs.values()) await program.close();
    },
  };
}

interface BatchProgram {
  run(
    inputs: Readonly<Record<ScoreInput, DeviceTensor | HostValue>>,
    rng: Rng | undefined,
  ): Promise<Readonly<Record<'losses' | 'probabilities', Float32Array>>>;
  close(): Promise<void>;
}

async function compileBatch(engine: Engine, model: ScorableModel, rows: RowShape, mode: TrainingMode | null): Promise<BatchProgram> {
  if (mode === null) {
    const program = await engine.compile(scoreProgram(model, rows));
    return { run: async (inputs) => (await program.run(inputs)).fetched, close: () => program.release() };
  }
  const plan = modelDropout(model.shape, rows, { probability: mode.dropout, encoder: true });
  const program = await engine.compile(scoreWithDropoutProgram(model, rows, plan));
  const pool = await engine.upload(dropoutPool(plan, mode.rng.fork(rows.tokens)));
  return {
    async run(inputs, rng) {
      if (rng === undefined) throw new Error('a scorer in training mode needs a generator for its masks');
      return (await program.run({ ...inputs, pool, ...dropoutPlace(plan, rng) })).fetched;
    },
    async close() {
      pool.dispose();
      await program.release();
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
