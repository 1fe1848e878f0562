/**
 * The training loop shared by training and unlearning: batches of like length, dropout and schedule from a seed, a checkpoint
 * after every epoch so that a killed run goes on with equal numbers.
 */
import { UserError } from '../core/errors.ts';
import type { StageContext } from '../core/stage.ts';
import { dropoutPlace, dropoutPool, linearSchedule, type Engine, type Program } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { modelDropout } from './dropout-plan.ts';
import type { Model } from './model.ts';
import { stepProgram, type Partition, type StepInput } from './programs.ts';
import { batchesAtRandom, batchesByLength, bucketLength, makeBatch, vector } from './rows.ts';
import { nextUpdate, replaceState, restoreState, saveState, startState, trainedTensors } from './state.ts';

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
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  /** Factor of each row's loss; default 1. The mean is over their absolute values. */
  readonly weights?: readonly number[];
}

type Step = Program<StepInput, 'theta' | 'm' | 'v', 'loss' | 'norm'>;

export interface FitJob {
  readonly model: Pick<Model, 'shape' | 'task'> & { readonly maxTokens: number; readonly padId: number };
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

/** Trains and returns the last state's trained tensors with what the keeper kept. */
export async function fit<Kept>(
  engine: Engine,
  { model, partition, tensors, data, options }: FitJob,
  context: StageContext,
  keeper: EpochKeeper<Kept>,
): Promise<{ readonly trained: ReadonlyMap<string, HostTensor>; readonly kept: Kept }> {
  const lengths = data.rows.map((row) => row.length);
  const longest = { batch: options.batchSize, tokens: bucketLength(Math.max(...lengths), model.maxTokens) };
  const plan = modelDropout(model.shape, longest, { probability: options.dropout, encoder: options.encoderDropout });
  const pool = await engine.upload(dropoutPool(plan, context.rng.fork('dropout pool')));
  const steps = options.epochs * Math.ceil(lengths.length / options.batchSize);
  const programs = new Map<number, Step>();

  let state = await startState(engine, partition, tensors);
  let kept = keeper.start;
  let firstEpoch = 0;
  const saved = context.resume.load();
  if (saved !== null) {
    const place = JSON.parse(Buffer.from(saved.get('place')!).toString()) as { epoch: number; step: number };
    state = await restoreState(engine, partition, state.frozen, saved, place.step);
    kept = keeper.decode(saved);
    firstEpoch = place.epoch;
  }

  for (let epoch = firstEpoch; epoch < options.epochs; epoch++) {
    const rng = context.rng.fork('epoch').fork(epoch);
    const order = options.order === 'random' ? batchesAtRandom : batchesByLength;
    const batches = order(lengths, options.batchSize, rng.fork('order'));
    let lossSum = 0;
    for (const [index, batch] of batches.entries()) {
      context.signal.throwIfAborted();
      const rate = options.learningRate * linearSchedule(state.step, steps, options.warmup * steps);
      const program = await programFor(Math.max(...batch.map((row) => lengths[row]!)));
      const { kept: next, fetched } = await program.step.run({
        theta: state.theta,
        m: state.m,
        v: state.v,
        frozen: state.frozen,
        ...makeBatch(
          batch.map((row) => data.rows[row]!),
          options.batchSize,
          program.tokens,
          model.padId,
        ),
        labels: vector(
          batch.map((row) => data.labels[row]!),
          options.batchSize,
        ),
        weights: vector(
          batch.map((row) => data.weights?.[row] ?? 1),
          options.batchSize,
        ),
        ...nextUpdate(state, rate),
        pool,
        ...dropoutPlace(plan, rng.fork('dropout').fork(index)),
      });
      replaceState(state, next);
      const loss = fetched.loss[0]!;
      if (!Number.isFinite(loss)) throw divergence(loss, fetched.norm[0]!, epoch, state.step, options.learningRate);
      lossSum += loss * batch.length;
      context.progress({
        phase: `epoch ${epoch + 1}/${options.epochs}`,
        done: state.step,
        total: steps,
        detail: { loss },
      });
    }
    const trained = await trainedTensors(engine, partition, state);
    kept = await keeper.afterEpoch({ index: epoch, trainLoss: lossSum / lengths.length, trained }, kept);
    const place = Buffer.from(JSON.stringify({ epoch: epoch + 1, step: state.step }));
    context.resume.save(new Map([...keeper.encode(kept), ...(await saveState(engine, state)), ['place', place]]));
  }
  const trained = await trainedTensors(engine, partition, state);
  for (const program of programs.values()) await program.release();
  for (const tensor of [pool, state.theta, state.m, state.v, state.frozen]) tensor.dispose();
  return { trained, kept };

  async function programFor(longest: number): Promise<{ step: Step; tokens: number }> {
    const tokens = bucketLength(longest, model.maxTokens);
    const known = programs.get(tokens);
    if (known !== undefined) return { step: known, tokens };
    const rows = { batch: options.batchSize, tokens };
    const { encoderDropout, clipNorm } = options;
    const step = await engine.compile(stepProgram(model, partition, { rows, dropout: plan, encoderDropout, clipNorm }));
    programs.set(tokens, step);
    return { step, tokens };
  }
}

function divergence(loss: number, norm: number, epoch: number, step: number, learningRate: number): UserError {
  return new UserError(
    'training',
    `the loss became ${loss} in epoch ${epoch + 1}, step ${step} (gradient norm ${norm})`,
    `a smaller learning rate than ${learningRate}, or a longer warm-up`,
  );
}
