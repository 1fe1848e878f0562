/**
 * The training loop shared by training and unlearning: batches of like length, dropout and schedule from a seed, a checkpoint
 * after every epoch, and within a long one, so that a killed run goes on with equal numbers.
 */
import { batchesAtRandom, batchesByLength } from '../core/batches.ts';
import { UserError } from '../core/errors.ts';
import { awaitedLater } from '../core/promises.ts';
import type { StageContext } from '../core/stage.ts';
import { dropoutPool, linearSchedule, type Engine } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { modelDropout } from './dropout-plan.ts';
import { encodeInputs } from './encoder-outputs.ts';
import { planMemory } from './micro-batch.ts';
import type { Model } from './model.ts';
import type { RowShape } from './row-shape.ts';
import { tokenRows, vectorRows } from './row-source.ts';
import { inputLength, rowLengths } from './rows.ts';
import { closeState, nextUpdate, saveState, startState, trainedTensors, type TrainingState } from './state.ts';
import type { Partition } from './steps.ts';
import type { ModelInput } from './task.ts';
import { openUpdates, type Batch, type Updates } from './updates.ts';

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of all steps, 0..1. */
  readonly warmup: number;
  readonly dropout: number;
  readonly encoderDropout: boolean;
  readonly clipNorm: number;
  readonly order: 'random' | 'by-length';
}

export interface FitData {
  readonly inputs: readonly ModelInput[];
  readonly labels: readonly number[];
  /** Factor of each sample's loss; default 1. The mean is over their absolute values. */
  readonly weights?: readonly number[];
}

export interface FitJob {
  readonly model: Pick<Model, 'network' | 'task'> & { readonly maxTokens: number };
  readonly partition: Partition;
  /** Where training starts; names as in the partition. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly data: FitData;
  readonly options: FitOptions;
}

/** What a caller keeps from epoch to epoch (history, best checkpoint); part of the resume state. */
export interface EpochKeeper<Kept> {
  readonly start: Kept;
  readonly afterEpoch: (
    epoch: { readonly index: number; readonly trainLoss: number; readonly trained: ReadonlyMap<string, HostTensor> },
    kept: Kept,
  ) => Promise<Kept>;
  readonly encode: (kept: Kept) => ReadonlyMap<string, Uint8Array>;
  readonly decode: (files: ReadonlyMap<string, Uint8Array>) => Kept;
}

type Trained = ReadonlyMap<string, HostTensor>;

/** Rows of any kind, with what computes updates on them. */
export interface RowsJob {
  readonly partition: Partition;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly options: Pick<FitOptions, 'epochs' | 'batchSize' | 'learningRate' | 'warmup' | 'order'>;
  /** Of each row, in sub-tokens. */
  readonly lengths: readonly number[];
  /** What `updates` computes for some of the rows. */
  readonly batchOf: (rows: readonly number[], epoch: number) => Batch;
  readonly updates: Updates;
}

/** Trains and returns the last state's trained tensors with what the keeper kept. */
export async function fit<Kept>(
  engine: Engine,
  job: FitJob,
  context: StageContext,
  keeper: EpochKeeper<Kept>,
): Promise<{ readonly trained: Trained; readonly kept: Kept }> {
  const { partition, updates, close } = await prepare(engine, job, context);
  const { tensors, options, data } = job;
  const batchOf = (rows: readonly number[]): Batch => ({
    ...{ rows, labels: rows.map((row) => data.labels[row]!), weights: rows.map((row) => data.weights?.[row] ?? 1) },
  });
  try {
    return await fitRows(engine, { partition, tensors, options, lengths: data.inputs.map(inputLength), batchOf, updates }, context, keeper);
  } finally {
    await close();
  }
}

/** The loop itself; `job.updates` stays open. */
export async function fitRows<Kept>(
  engine: Engine,
  job: RowsJob,
  context: StageContext,
  keeper: EpochKeeper<Kept>,
): Promise<{ readonly trained: Trained; readonly kept: Kept }> {
  const { state, kept, place } = await begin(engine, job, context, keeper);
  try {
    return await runEpochs({ engine, job, context, keeper, state }, place, kept);
  } finally {
    closeState(state);
  }
}

interface Prepared {
  /** Of the parameters that updates read. */
  readonly partition: Partition;
  readonly updates: Updates;
  readonly close: () => Promise<void>;
}

async function prepare(engine: Engine, job: FitJob, context: StageContext): Promise<Prepared> {
  const { model, partition, tensors, data, options } = job;
  const { batchSize, clipNorm } = options;
  const head = new Set(model.task.head(model.network.width).map(({ key }) => key));
  const vectors = isHeadAlone(job, head)
    ? await encodeInputs(
        engine,
        model,
        { encoder: partition.frozen.filter(({ key }) => !head.has(key)), tensors },
        data.inputs,
        (done, total) => {
          context.signal.throwIfAborted();
          context.progress({ phase: 'encoding', done, total });
        },
      )
    : null;
  const used = vectors === null ? partition : { ...partition, frozen: partition.frozen.filter(({ key }) => head.has(key)) };

  const drops = { probability: options.dropout, encoder: options.encoderDropout };
  const longest = rowLengths(data.inputs, model.task, model.maxTokens);
  const largest = modelDropout(model, { batch: batchSize, tokens: longest }, drops);
  const pool = await engine.upload(dropoutPool(largest, context.rng.fork('dropout pool')));
  const shared = {
    ...{ task: model.task, partition: used, batchSize, rule: { clipNorm }, pool },
    dropout: (shape: RowShape) => modelDropout(model, shape, { ...drops, poolSize: largest.poolSize }),
    memory: planMemory({
      ...{ network: model.network, task: model.task, partition: used, batchSize, poolSize: largest.poolSize, budget: engine.memoryBudget },
      tokens: vectors === null ? longest : longest.map(() => 0),
    }),
  };
  const updates =
    vectors === null
      ? openUpdates(engine, { ...shared, source: tokenRows(model, data.inputs, options.encoderDropout) })
      : openUpdates(engine, { ...shared, source: vectorRows(model, vectors) });
  const close = async (): Promise<void> => {
    await updates.close();
    pool.dispose();
  };
  return { partition: used, updates, close };
}

/** Whether the encoder's output never changes: it is frozen, and nothing is dropped in it. */
function isHeadAlone({ partition, options }: FitJob, head: ReadonlySet<string>): boolean {
  return (options.dropout === 0 || !options.encoderDropout) && partition.trained.every(({ key }) => head.has(key));
}

/** What comes next: a batch of an epoch, whose batches before it lost `lossSum`. */
interface Place {
  readonly epoch: number;
  readonly batch: number;
  readonly lossSum: number;
}

interface SavedPlace extends Partial<Place> {
  readonly epoch: number;
  readonly step: number;
}

/** The state and the place that training starts at, or goes on from. */
async function begin<Kept>(engine: Engine, { partition, tensors }: RowsJob, { resume }: StageContext, keeper: EpochKeeper<Kept>) {
  const files = resume.load();
  if (files === null)
    return { state: await startState(engine, partition, tensors), kept: keeper.start, place: { epoch: 0, batch: 0, lossSum: 0 } };
  // An earlier version saved between two epochs alone and named no batch.
  const { step, epoch, batch = 0, lossSum = 0 } = JSON.parse(Buffer.from(files.get('place')!).toString()) as SavedPlace;
  const state = await startState(engine, partition, tensors, { files, step });
  return { state, kept: keeper.decode(files), place: { epoch, batch, lossSum } };
}

interface Fit<Kept> {
  readonly engine: Engine;
  readonly job: RowsJob;
  readonly context: StageContext;
  readonly keeper: EpochKeeper<Kept>;
  readonly state: TrainingState;
}

async function runEpochs<Kept>(fit: Fit<Kept>, first: Place, start: Kept): Promise<{ readonly trained: Trained; readonly kept: Kept }> {
  const { engine, job, keeper, state } = fit;
  let kept = start;
  let trained: Trained | undefined;
  for (let index = first.epoch; index < job.options.epochs; index++) {
    const trainLoss = await runEpoch(fit, index === first.epoch ? first : { epoch: index, batch: 0, lossSum: 0 }, kept);
    trained = await trainedTensors(engine, job.partition, state);
    kept = await keeper.afterEpoch({ index, trainLoss, trained }, kept);
    await save(fit, { epoch: index + 1, batch: 0, lossSum: 0 }, kept);
  }
  return { trained: trained ?? (await trainedTensors(engine, job.partition, state)), kept };
}

async function save<Kept>({ engine, context, keeper, state }: Fit<Kept>, next: Place, kept: Kept): Promise<void> {
  const place = Buffer.from(JSON.stringify({ ...next, step: state.step }));
  context.resume.save(new Map([...keeper.encode(kept), ...(await saveState(engine, state)), ['place', place]]));
}

/** The mean loss over the epoch's samples. */
async function runEpoch<Kept>(fit: Fit<Kept>, { epoch, batch: first, lossSum: lost }: Place, kept: Kept): Promise<number> {
  const { job, context, state } = fit;
  const { options, lengths, batchOf, updates } = job;
  const rng = context.rng.fork('epoch').fork(epoch);
  const steps = options.epochs * Math.ceil(lengths.length / options.batchSize);
  const order = options.order === 'random' ? batchesAtRandom : batchesByLength;
  const masks = rng.fork('dropout');
  let lossSum = lost;
  let before: Promise<void> = Promise.resolve();
  for (const [index, rows] of order(lengths, options.batchSize, rng.fork('order')).entries()) {
    if (index < first) continue;
    context.signal.throwIfAborted();
    const rate = options.learningRate * linearSchedule(state.step, steps, options.warmup * steps);
    const { stepSize } = nextUpdate(state, rate);
    const { figures } = await updates.update(state, batchOf(rows, epoch), stepSize, () => masks.fork(index));
    const { step } = state;
    // Its failure is thrown one update later, or at the end: a GPU has the next update to work on meanwhile.
    const settled = awaitedLater(
      figures.then(({ loss, norm }) => {
        if (!Number.isFinite(loss)) throw divergence(loss, norm, epoch, step, options.learningRate);
        lossSum += loss * rows.length;
        context.progress({ phase: `epoch ${epoch + 1}/${options.epochs}`, done: step, total: steps, detail: { loss } });
      }),
    );
    await before;
    before = settled;
    if (context.resume.isOverdue?.() === true) {
      await settled;
      await save(fit, { epoch, batch: index + 1, lossSum }, kept);
    }
  }
  await before;
  return lossSum / lengths.length;
}

function divergence(loss: number, norm: number, epoch: number, step: number, learningRate: number): UserError {
  return new UserError(
    'training',
    `the loss became ${loss} in epoch ${epoch + 1}, step ${step} (gradient norm ${norm})`,
    `a smaller learning rate than ${learningRate}, or a longer warm-up`,
  );
}
