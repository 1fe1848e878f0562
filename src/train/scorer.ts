/** Scores samples with a model whose parameters stay on the device: batches of like length, a compiled program a shape. */
import { groupBy } from '../core/group-by.ts';
import { awaitedLater } from '../core/promises.ts';
import type { Rng } from '../core/rng.ts';
import { dropoutPlace, dropoutPool, type DeviceTensor, type DropoutPlan, type Engine, type HostValue } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { modelDropout } from './dropout-plan.ts';
import type { Model } from './model.ts';
import { nameOf, sampleTokens, type RowShape } from './row-shape.ts';
import { disposeParameters, uploadParameters, type ResidentParameters } from './resident.ts';
import { batchSizes, makeBatch, rowLengths, vector } from './rows.ts';
import { scoreProgram, scoreWithDropoutProgram, type ScoreInput } from './score-program.ts';
import type { ModelInput } from './task.ts';

export interface Scored {
  /** The sample's loss for the label it was given with. */
  readonly loss: number;
  /** Probability of label 1. */
  readonly probability: number;
}

export interface Scorer {
  /**
   * In the order of `inputs`.
   * @param labels one a sample
   * @param rng chooses the dropout masks of a scorer in training mode, which needs it; otherwise unused
   */
  score(inputs: readonly ModelInput[], labels: readonly number[], rng?: Rng): Promise<Scored[]>;
  /** The model's parameters on the device, for programs beside this one. */
  readonly parameters: ResidentParameters;
  close(): Promise<void>;
}

export type ScorableModel = Pick<Model, 'network' | 'task' | 'parameters'> & { readonly maxTokens: number };

export function scorableModel(model: Model): ScorableModel {
  return { ...model, maxTokens: model.config.maxTokens };
}

/** Training mode: dropout is on. */
export interface TrainingMode {
  /** 0..1 */
  readonly dropout: number;
  readonly rng: Rng;
}

/** @param mode `null`: evaluation */
export async function openScorer(
  engine: Engine,
  model: ScorableModel,
  tensors: ReadonlyMap<string, HostTensor>,
  mode: TrainingMode | null = null,
): Promise<Scorer> {
  const parameters = await uploadParameters(engine, model.parameters, tensors);
  const masks = mode === null ? null : await openMasks(engine, model, mode);
  const programs = new Map<string, BatchProgram>();
  const programFor = async (shape: RowShape): Promise<BatchProgram> => {
    const key = nameOf(shape);
    const program = programs.get(key) ?? (await compileBatch(engine, model, shape, masks));
    programs.set(key, program);
    return program;
  };

  return {
    parameters,
    async score(inputs, labels, rng) {
      const scored: Scored[] = Array.from({ length: inputs.length });
      const underWay: Promise<void>[] = [];
      const lengthsOf = (index: number): string => rowLengths([inputs[index]!], model.task, model.maxTokens).join();
      for (const [lengths, indices] of groupBy([...inputs.keys()], lengthsOf)) {
        const tokens = lengths.split(',').map(Number);
        let start = 0;
        for (const [number, batch] of batchSizes(indices.length, sampleTokens(model.task, tokens), engine.batchTokens).entries()) {
          const part = indices.slice(start, start + batch);
          start += batch;
          const some = part.map((index) => inputs[index]!);
          const values = {
            ...parameters,
            ...makeBatch(some, model.task, { batch, tokens }, model.network),
            labels: vector(
              part.map((index) => labels[index]!),
              batch,
            ),
            weights: vector(Array<number>(part.length).fill(1), batch),
          };
          const program = await programFor({ batch, tokens });
          const { fetched } = await program.start(values, rng?.fork(lengths).fork(number));
          const noted = fetched.then(({ losses, probabilities }) => {
            part.forEach((index, r) => (scored[index] = { loss: losses[r]!, probability: probabilities[r]! }));
          });
          underWay.push(awaitedLater(noted));
          if (underWay.length > AHEAD) await underWay.shift();
        }
      }
      await Promise.all(underWay);
      return scored;
    },
    async close() {
      disposeParameters(parameters);
      masks?.pool.dispose();
      for (const program of programs.values()) await program.release();
    },
  };
}

/** Batches that are prepared and handed over while a GPU works on those before. */
const AHEAD = 3;

interface BatchProgram {
  start(
    inputs: Readonly<Record<ScoreInput, DeviceTensor | HostValue>>,
    rng: Rng | undefined,
  ): Promise<{ readonly fetched: Promise<Readonly<Record<'losses' | 'probabilities', Float32Array>>> }>;
  release(): Promise<void>;
}

interface Masks {
  /** For the largest batch: all share its pool. */
  readonly pool: DeviceTensor;
  readonly planFor: (rows: RowShape) => DropoutPlan;
}

async function openMasks(engine: Engine, model: ScorableModel, { dropout: probability, rng }: TrainingMode): Promise<Masks> {
  const { maxTokens: tokens } = model;
  const most = { probability, encoder: true };
  const lengths = model.task.streams.map(({ rows }) => Math.max(...rows.map((row) => model.task.limits(tokens)[row]!)));
  const batch = Math.ceil(engine.batchTokens / sampleTokens(model.task, lengths));
  const largest = modelDropout(model, { batch, tokens: lengths }, most);
  const pool = await engine.upload(dropoutPool(largest, rng.fork('scoring')));
  return { pool, planFor: (rows) => modelDropout(model, rows, { ...most, poolSize: largest.poolSize }) };
}

async function compileBatch(engine: Engine, model: ScorableModel, rows: RowShape, masks: Masks | null): Promise<BatchProgram> {
  if (masks === null) {
    const program = await engine.compile(scoreProgram(model, rows));
    return { start: (inputs) => program.start(inputs), release: () => program.release() };
  }
  const plan = masks.planFor(rows);
  const program = await engine.compile(scoreWithDropoutProgram(model, rows, plan));
  return {
    start(inputs, rng) {
      if (rng === undefined) throw new Error('a scorer in training mode needs a generator for its masks');
      return program.start({ ...inputs, pool: masks.pool, ...dropoutPlace(plan, rng) });
    },
    release: () => program.release(),
  };
}
