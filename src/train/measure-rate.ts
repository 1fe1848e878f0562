/** How fast a device trains: floating-point operations a second of a small model's steps, for estimates before a run. */
import { stopwatch } from '../core/clock.ts';
import { makeRng } from '../core/rng.ts';
import { quietContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import type { Architecture, Size } from './architecture.ts';
import { sampleFlops, TRAINING_PASSES } from './estimate.ts';
import { fit, type FitJob } from './fit.ts';
import { initialTensors } from './parameters.ts';
import { tasks } from './tasks/index.ts';

/** The model that is measured: this many layers of the asked model's widths, or of the widest size that fits the time. */
const LAYERS = 2;
const WIDEST = 384;
const TOKENS = 128;
const VOCABULARY = 1000;
const MOST_STEPS = 400;
const SECONDS = 2;

export interface Probe {
  /** Models with the same name have the same rate. */
  readonly name: string;
  readonly size: Size;
  /** Samples a step. */
  readonly rows: number;
}

/** @param batchSize `null`: as many samples as the engine takes at once; never more than these */
export function probeOf(
  { batchTokens }: Pick<Engine, 'batchTokens'>,
  { name, sizes }: Architecture,
  size: Size,
  batchSize: number | null,
): Probe {
  const widest = Object.values(sizes).findLast(({ width }) => width <= WIDEST);
  const { width, heads, feedForward } = size.width <= WIDEST || widest === undefined ? size : widest;
  const rows = Math.min(batchSize ?? Number.POSITIVE_INFINITY, Math.max(1, Math.floor(batchTokens / TOKENS)));
  return {
    name: `${name}, ${LAYERS} layers of width ${width}, ${rows} rows of ${TOKENS}`,
    size: { layers: LAYERS, width, heads, feedForward },
    rows,
  };
}

/** Operations a second over some two seconds of training; the first step, which compiles, is left out. */
export async function measureRate(engine: Engine, architecture: Architecture, { size, rows }: Probe): Promise<number> {
  const job = probeJob(architecture, size, rows);
  const enough = new AbortController();
  const elapsed = stopwatch();
  const times: number[] = [];
  const context = {
    ...quietContext(makeRng('rate')),
    signal: enough.signal,
    progress: (): void => {
      times.push(elapsed());
      if (times.length > 1 && times.at(-1)! - times[0]! > SECONDS) enough.abort(ENOUGH);
    },
  };
  try {
    await fit<null>(engine, job, context, {
      ...{ start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map(), decode: () => null },
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  const flops = TRAINING_PASSES * rows * sampleFlops(job.model.network, job.model.task, [TOKENS]);
  return ((times.length - 1) * flops) / (times.at(-1)! - times[0]!);
}

const ENOUGH = new Error('measured long enough');

function probeJob(architecture: Architecture, size: Size, batchSize: number): FitJob {
  const task = architecture.adapt(tasks.defect);
  const special = { pad: 1, sep: 2 };
  const network = architecture.ofSize({ size, vocabulary: VOCABULARY, maxTokens: TOKENS }).network(special);
  const parameters = [...network.parameters, ...task.head(network.width)];
  const rng = makeRng('rate');
  const first = 3;
  const row = (): number[] => [0, ...Array.from({ length: TOKENS - 2 }, () => first + rng.integer(VOCABULARY - first)), special.sep];
  const inputs = Array.from({ length: MOST_STEPS * batchSize }, () => [row()]);
  return {
    model: { network, task, maxTokens: TOKENS },
    partition: { trained: parameters, frozen: [] },
    tensors: initialTensors(parameters, rng.fork('initial values')),
    data: { inputs, labels: inputs.map((_, index) => index % 2) },
    options: {
      ...{ epochs: 1, batchSize, learningRate: 1e-5, warmup: 0, dropout: 0.1, encoderDropout: true, clipNorm: 1 },
      order: 'random',
    },
  };
}
