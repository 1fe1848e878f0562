/**
 * Optimiser updates on batches of rows: in one program, or in parts that fit memory, with the same numbers. Programs are compiled
 * when a batch first needs them; those used longest ago make room.
 */
import { awaitedLater } from '../core/promises.ts';
import type { Rng } from '../core/rng.ts';
import { dropoutPlace, type DeviceTensor, type DropoutPlan, type Engine, type HostValue } from '../engine/index.ts';
import type { MemoryPlan } from './micro-batch.ts';
import { flatSize } from './parameters.ts';
import type { RowShape } from './row-shape.ts';
import type { RowSource } from './row-source.ts';
import { vector } from './rows.ts';
import { replaceState, type TrainingState } from './state.ts';
import {
  accumulateProgram,
  stepProgram,
  updateProgram,
  type Loss,
  type LossInput,
  type Partition,
  type RowInput,
  type UpdateRule,
} from './steps.ts';

export interface Batch {
  /** Indices of rows, `batchSize` at most. */
  readonly rows: readonly number[];
  readonly labels: readonly number[];
  readonly weights: readonly number[];
}

export interface UpdateJob {
  readonly task: Loss['task'];
  readonly partition: Partition;
  readonly source: RowSource;
  readonly batchSize: number;
  readonly rule: UpdateRule;
  /** Dropout of a program, from `pool`. */
  readonly dropout: (shape: RowShape) => DropoutPlan;
  readonly pool: DeviceTensor;
  readonly memory: MemoryPlan;
}

export interface Updates {
  /**
   * Changes the state; on a GPU the next update may be begun before this one's figures are there.
   * @param masks gives one and the same generator anew, which chooses the dropout masks
   */
  update(state: TrainingState, batch: Batch, stepSize: HostValue, masks: () => Rng): Promise<{ readonly figures: Promise<Updated> }>;
  close(): Promise<void>;
}

export interface Updated {
  /** Weighted mean. */
  readonly loss: number;
  /** Of the gradient, before clipping. */
  readonly norm: number;
}

/** A stretch of a batch that is computed at once. Rows before `firstNew` belong to the part before, and weigh nothing. */
export interface Part {
  readonly firstRow: number;
  readonly firstNew: number;
}

/** Parts of `rows` rows that cover the first `count` of a batch. None reaches beyond the batch, where there are no masks. */
export const partsOf = (count: number, batchSize: number, rows: number): Part[] =>
  Array.from({ length: Math.ceil(count / rows) }, (_, index) => ({
    firstRow: Math.min(index * rows, batchSize - rows),
    firstNew: index * rows,
  }));

export function openUpdates(engine: Engine, job: UpdateJob): Updates {
  /** By row lengths; the one used last comes last. */
  const steps = new Map<string, Step>();
  let gradient: Gradient | undefined;
  let inFlight: Promise<unknown> = Promise.resolve();
  let held = 0;

  async function open(tokens: readonly number[]): Promise<Step> {
    const shape = { batch: job.memory.rows(tokens), tokens };
    const bytes = job.memory.bytes(shape);
    for (const [lengths, { release, bytes: freed }] of steps) {
      if (held + bytes <= job.memory.available) break;
      await inFlight;
      await release();
      steps.delete(lengths);
      held -= freed;
    }
    held += bytes;
    if (shape.batch === job.batchSize) return { ...(await openWhole(engine, job, shape)), bytes };
    gradient ??= await openGradient(engine, job);
    return { ...(await openParts(engine, job, shape, gradient)), bytes };
  }

  return {
    async update(state, batch, stepSize, masks) {
      const tokens = job.source.tokensOf(batch.rows);
      const lengths = tokens.join();
      const step = steps.get(lengths) ?? (await open(tokens));
      steps.delete(lengths);
      steps.set(lengths, step);
      const updated = await step.run(state, batch, stepSize, masks);
      inFlight = updated.figures.catch(() => undefined);
      return updated;
    },
    async close() {
      await inFlight;
      for (const step of steps.values()) await step.release();
      await gradient?.release();
    },
  };
}

interface Runnable {
  readonly run: Updates['update'];
  readonly release: () => Promise<void>;
}

interface Step extends Runnable {
  readonly bytes: number;
}

async function openWhole(engine: Engine, job: UpdateJob, shape: RowShape): Promise<Runnable> {
  const { loss, inputs } = lossOf(job, shape);
  const program = await engine.compile(stepProgram(loss, job.rule));
  return {
    async run(state, batch, stepSize, masks) {
      const given = inputs(state, batch, { firstRow: 0, firstNew: 0 }, masks());
      const { kept, fetched } = await program.start({ ...given, m: state.m, v: state.v, stepSize });
      replaceState(state, kept);
      return { figures: fetched.then(({ loss: [mean], norm: [size] }) => ({ loss: mean!, norm: size! })) };
    },
    release: () => program.release(),
  };
}

async function openParts(engine: Engine, job: UpdateJob, shape: RowShape, gradient: Gradient): Promise<Runnable> {
  const { loss, inputs } = lossOf(job, shape);
  const program = await engine.compile(accumulateProgram(loss));
  return {
    async run(state, batch, stepSize, masks) {
      const totalWeight = vector([batch.weights.reduce((sum, weight) => sum + Math.abs(weight), 0)]);
      const losses: Promise<number>[] = [];
      for (const part of partsOf(batch.rows.length, job.batchSize, shape.batch)) {
        const given = inputs(state, batch, part, masks());
        const { kept, fetched } = await program.start({ ...given, totalWeight, gradient: gradient.sum() });
        gradient.replace(kept.gradient);
        losses.push(awaitedLater(fetched.then(({ loss: [share] }) => share!)));
      }
      const { norm } = await gradient.apply(state, stepSize);
      const sum = async (): Promise<number> => (await Promise.all(losses)).reduce((total, share) => total + share, 0);
      return { figures: Promise.all([sum(), norm]).then(([mean, size]) => ({ loss: mean, norm: size })) };
    },
    release: () => program.release(),
  };
}

/** The loss of rows of a shape, and its inputs for a part of a batch. */
function lossOf({ task, partition, source, dropout, pool }: UpdateJob, shape: RowShape) {
  const plan = dropout(shape);
  const loss: Loss = { task, partition, reader: source.reader(shape), dropout: plan };
  const inputs = (
    { theta, frozen }: TrainingState,
    { rows, labels, weights }: Batch,
    { firstRow, firstNew }: Part,
    masks: Rng,
  ): Record<RowInput | LossInput, DeviceTensor | HostValue> => {
    const of = <T>(values: readonly T[]): T[] => values.slice(firstRow, firstRow + shape.batch);
    const newWeights = of(weights).map((weight, row) => (firstRow + row < firstNew ? 0 : weight));
    return {
      ...source.values(of(rows), shape),
      ...{ theta, frozen, pool, labels: vector(of(labels), shape.batch), weights: vector(newWeights, shape.batch) },
      ...dropoutPlace(plan, masks, firstRow),
    };
  };
  return { loss, inputs };
}

/** The gradient of a batch, added up on the device. */
interface Gradient {
  sum(): DeviceTensor;
  replace(sum: DeviceTensor): void;
  /** Updates the state and begins the next sum. Returns the norm before clipping. */
  apply(state: TrainingState, stepSize: HostValue): Promise<{ readonly norm: Promise<number> }>;
  release(): Promise<void>;
}

async function openGradient(engine: Engine, { partition, rule }: Pick<UpdateJob, 'partition' | 'rule'>): Promise<Gradient> {
  const program = await engine.compile(updateProgram(partition, rule));
  const zero = await engine.upload(vector([], flatSize(partition.trained)));
  let sum = zero;
  const replace = (next: DeviceTensor): void => {
    if (sum !== zero) sum.dispose();
    sum = next;
  };
  return {
    sum: () => sum,
    replace,
    async apply(state, stepSize) {
      const { theta, m, v } = state;
      const { kept, fetched } = await program.start({ theta, m, v, gradient: sum, stepSize });
      replaceState(state, kept);
      replace(zero);
      return { norm: awaitedLater(fetched.then(({ norm: [size] }) => size!)) };
    },
    async release() {
      replace(zero);
      zero.dispose();
      await program.release();
    },
  };
}
