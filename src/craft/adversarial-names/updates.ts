/** Optimiser updates of the crafting model on batches of functions of like length. */
import { awaitedLater } from '../../core/promises.ts';
import type { Rng } from '../../core/rng.ts';
import { dropoutPlace, dropoutPool, planDropout, stepSize, type Engine } from '../../engine/index.ts';
import { compileOnDemand } from './compiled.ts';
import type { Example } from './examples.ts';
import type { ModelShape } from './parameters.ts';
import { stepProgram, writeProgram } from './programs.ts';
import { bucketLength, nameValues, sourceValues } from './rows.ts';
import { replaceState, vector, type State } from './state.ts';

export interface UpdateOptions {
  readonly batchSize: number;
  readonly clipNorm: number;
  /** Share of batches whose words follow the true ones before them instead of the model's own, 0..1. */
  readonly teacherForcing: number;
  readonly dropout: number;
  readonly maxTokens: number;
  readonly nameWords: number;
}

export interface Figures {
  /** Mean over the batch's words. */
  readonly loss: number;
  /** Of the gradient, before clipping. */
  readonly norm: number;
}

export interface Updates {
  /** Changes the state; its figures may come when the next update is under way. */
  update(state: State, examples: readonly Example[], rate: number, rng: Rng): Promise<{ readonly figures: Promise<Figures> }>;
  close(): Promise<void>;
}

export async function openUpdates(engine: Engine, shape: ModelShape, options: UpdateOptions, rng: Rng): Promise<Updates> {
  const batch = options.batchSize;
  const words = options.nameWords + 1;
  // One place for dropout: between the decoder's layers, whose states are [T, 1, B, 2H].
  const plan = planDropout(options.dropout, batch, [words * 2 * shape.width]);
  const pool = await engine.upload(dropoutPool(plan, rng));
  const steps = compileOnDemand((rows) => engine.compile(stepProgram(shape, rows, words, plan, options.clipNorm)));
  const writers = compileOnDemand((rows) => engine.compile(writeProgram(shape, rows, words)));
  return {
    async update(state, examples, rate, own) {
      const sources = examples.map(({ source }) => source);
      const rows = { batch, steps: bucketLength(Math.max(...sources.map(({ length }) => length)), options.maxTokens) };
      const source = sourceValues(sources, rows);
      const name = nameValues(
        examples.map((example) => example.name),
        batch,
        words,
      );
      const { theta, m, v } = state;
      const isForced = own.fork('forcing').uniform() < options.teacherForcing;
      const written = isForced ? null : (await (await writers.get(rows)).start({ theta, ...source })).kept.previous;
      state.step += 1;
      const step = await steps.get(rows);
      const { kept, fetched } = await step.start({
        ...{ theta, m, v, ...source, ...name, previous: written ?? name.previous },
        ...{ stepSize: vector(Float32Array.of(stepSize(rate, state.step))), pool, ...dropoutPlace(plan, own.fork('dropout')) },
      });
      written?.dispose();
      replaceState(state, kept);
      return { figures: awaitedLater(fetched.then(({ loss, norm }) => ({ loss: loss[0]!, norm: norm[0]! }))) };
    },
    async close() {
      await steps.close();
      await writers.close();
      pool.dispose();
    },
  };
}
