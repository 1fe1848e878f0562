/** Training of the crafting model (attacks.md 3); after each epoch its state is saved, and a killed run goes on with equal numbers. */
import { batchesByLength } from '../../core/batches.ts';
import { UserError } from '../../core/errors.ts';
import { awaitedLater } from '../../core/promises.ts';
import type { DeviceTensor } from '../../engine/index.ts';
import type { CraftContext, CraftEpoch } from '../contracts.ts';
import type { Example } from './examples.ts';
import { initialParameters, type ModelShape } from './parameters.ts';
import { openState, stateFiles, type State } from './state.ts';
import { openUpdates, type UpdateOptions, type Updates } from './updates.ts';

export interface FitOptions extends UpdateOptions {
  readonly epochs: number;
  readonly learningRate: number;
  /** Factor of the learning rate after each epoch. */
  readonly decay: number;
}

export interface FitJob {
  readonly shape: ModelShape;
  readonly examples: readonly Example[];
  readonly options: FitOptions;
  /** The valid metric of a model, or `null`. */
  readonly judge: (theta: DeviceTensor) => Promise<number | null>;
}

export interface Fitted {
  /** The caller disposes it. */
  readonly theta: DeviceTensor;
  readonly history: readonly CraftEpoch[];
}

export async function fit({ shape, examples, options, judge }: FitJob, { engine, rng, ...context }: CraftContext): Promise<Fitted> {
  const state = await openState(engine, context.resume.load(), () => initialParameters(shape, rng.fork('initial values')));
  const updates = await openUpdates(engine, shape, options, rng.fork('dropout pool'));
  try {
    for (let epoch = state.history.length; epoch < options.epochs; epoch++) {
      const trainLoss = await runEpoch(
        { examples, options },
        { engine, rng: rng.fork('epoch').fork(epoch), ...context },
        { state, updates, epoch },
      );
      state.history.push({ epoch, trainLoss, validMetric: await judge(state.theta) });
      context.resume.save(await stateFiles(engine, state));
    }
  } finally {
    await updates.close();
    state.m.dispose();
    state.v.dispose();
  }
  return { theta: state.theta, history: state.history };
}

/** The mean loss of a name's word over the epoch. */
async function runEpoch(
  { examples, options }: Pick<FitJob, 'examples' | 'options'>,
  { rng, signal, progress }: CraftContext,
  { state, updates, epoch }: { readonly state: State; readonly updates: Updates; readonly epoch: number },
): Promise<number> {
  const lengths = examples.map(({ source }) => source.length);
  const batches = batchesByLength(lengths, options.batchSize, rng.fork('order'));
  const rate = options.learningRate * options.decay ** epoch;
  const sum = { loss: 0, words: 0 };
  let before: Promise<void> = Promise.resolve();
  for (const [index, batch] of batches.entries()) {
    signal.throwIfAborted();
    const chosen = batch.map((example) => examples[example]!);
    const words = chosen.reduce((total, { name }) => total + name.length, 0);
    const { figures } = await updates.update(state, chosen, rate, rng.fork(index));
    // Its failure is thrown one update later, or at the end: a GPU has the next update to work on meanwhile.
    const settled = awaitedLater(
      figures.then(({ loss, norm }) => {
        if (!Number.isFinite(loss)) throw divergence(loss, norm, epoch, options.learningRate);
        sum.loss += loss * words;
        sum.words += words;
        const done = epoch * batches.length + index + 1;
        progress({ phase: `epoch ${epoch + 1}/${options.epochs}`, done, total: options.epochs * batches.length, detail: { loss } });
      }),
    );
    await before;
    before = settled;
  }
  await before;
  return sum.loss / sum.words;
}

const divergence = (loss: number, norm: number, epoch: number, rate: number): UserError =>
  new UserError(
    'craft adversarial-names',
    `the loss became ${loss} in epoch ${epoch + 1} (gradient norm ${norm})`,
    `a smaller learning rate than ${rate}`,
  );
