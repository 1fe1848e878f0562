/** dℓ/dO: the gradient of the mean loss for the target label with respect to the trigger's one-hot choice (method.md 4, steps a-c). */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../core/rng.ts';
import {
  dropoutPlace,
  dropoutPool,
  dropoutSignature,
  lookUpRows,
  makeDropout,
  noDropout,
  type DeviceTensor,
  type Dropout,
  type Engine,
  type HostValue,
  type ProgramSource,
} from '../../engine/index.ts';
import {
  bucketLength,
  flatSize,
  forward,
  lookUpWords,
  makeBatch,
  modelDropout,
  vector,
  viewParameters,
  type Model,
  type RowShape,
  type Scorer,
  type TrainingMode,
} from '../../train/index.ts';
import { stamp, type Host } from './stamp.ts';

export interface GradientProgram {
  /**
   * @param rng chooses the dropout masks in training mode, which needs it; otherwise unused
   * @returns [n, |T|] row-major: dℓ/dO of each trigger place over the trigger vocabulary
   */
  run(trigger: readonly number[], rng?: Rng): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface GradientTask {
  readonly hosts: readonly Host[];
  readonly target: number;
  /** T */
  readonly vocabulary: readonly number[];
  /** n */
  readonly triggerTokens: number;
  /** Default: `null`, evaluation. */
  readonly mode?: TrainingMode | null;
}

type GradientModel = Pick<Model, 'shape' | 'task' | 'parameters'> & {
  readonly config: Pick<Model['config'], 'maxTokens'>;
  readonly tokenizer: { readonly special: Pick<Model['tokenizer']['special'], 'pad' | 'sep'> };
};
type Input = 'theta' | 'ids' | 'slots' | 'mask' | 'labels' | 'vocabulary';
type Source = ProgramSource<Input, never, 'gradient'>;

/** Compiled for a fixed set of hosts. */
export async function compileGradient(
  engine: Engine,
  model: GradientModel,
  { theta }: Pick<Scorer, 'theta'>,
  { hosts, target, vocabulary, triggerTokens, mode = null }: GradientTask,
): Promise<GradientProgram> {
  const { tokenizer, config } = model;
  const limits = { maxTokens: config.maxTokens, sep: tokenizer.special.sep };
  const blank = Array<number>(triggerTokens).fill(tokenizer.special.pad);
  const batch = hosts.length;
  const tokens = bucketLength(Math.max(...hosts.map((host) => stamp(host, blank, limits).row.length)), config.maxTokens);
  const fixed = {
    theta,
    slots: slotIndices(hosts, blank, limits, { batch, tokens }),
    labels: vector(Array<number>(batch).fill(target)),
    vocabulary: { shape: [vocabulary.length], dtype: 'int32' as const, data: Int32Array.from(vocabulary) },
  };
  const source: Source = {
    name: `trigger gradient ${batch}x${tokens}`,
    inputs: {
      theta: { shape: [flatSize(model.parameters)], dtype: 'float32' },
      ids: { shape: [batch, tokens], dtype: 'int32' },
      slots: { shape: [batch * tokens], dtype: 'int32' },
      mask: { shape: [batch, tokens], dtype: 'float32' },
      labels: { shape: [batch], dtype: 'float32' },
      vocabulary: { shape: [vocabulary.length], dtype: 'int32' },
    },
    keep: [],
    fetch: ['gradient'],
    body: (inputs) => ({ gradient: triggerGradient(model, triggerTokens, inputs, noDropout) }),
  };
  const program = await (mode === null
    ? compilePlain(engine, source)
    : compileInTraining(engine, source, model, { batch, tokens, triggerTokens, mode }));
  return {
    run: (trigger, rng) => {
      const rows = hosts.map((host) => stamp(host, trigger, limits).row);
      return program.run({ ...fixed, ...makeBatch(rows, batch, tokens, tokenizer.special.pad) }, rng);
    },
    release: () => program.release(),
  };
}

/**
 * The rows carry the trigger as ids; a zero is added to each trigger token's embedding, and the gradient is taken with respect to
 * those n zeros, so nothing but n rows of width H is differentiated.
 */
function triggerGradient(
  model: GradientModel,
  triggerTokens: number,
  { theta, ids, slots, mask, labels, vocabulary }: Record<Input, tf.Tensor>,
  dropout: Dropout,
): tf.Tensor {
  const { width } = model.shape;
  const views = viewParameters(model.parameters, theta as tf.Tensor1D);
  const meanLoss = (shift: tf.Tensor): tf.Scalar => {
    // Row n of the shifts is what every other token gets: nothing.
    const shifts = tf.concat<tf.Tensor2D>([shift as tf.Tensor2D, tf.zeros([1, width])], 0);
    const words: tf.Tensor2D = tf.add(lookUpWords(views, ids as tf.Tensor2D), lookUpRows(shifts, slots as tf.Tensor1D));
    const logits = forward(model, views, { words, mask: mask as tf.Tensor2D }, dropout);
    return tf.mean(model.task.losses(logits, labels as tf.Tensor1D));
  };
  const embeddingGradient = tf.grad(meanLoss)(tf.zeros([triggerTokens, width])) as tf.Tensor2D;
  const embeddings = tf.gather(views['words'] as tf.Tensor2D, vocabulary);
  return tf.matMul(embeddingGradient, embeddings, false, true);
}

interface Compiled {
  run(inputs: Readonly<Record<Input, DeviceTensor | HostValue>>, rng: Rng | undefined): Promise<Float32Array>;
  release(): Promise<void>;
}

async function compilePlain(engine: Engine, source: Source): Promise<Compiled> {
  const program = await engine.compile(source);
  return { run: async (inputs) => (await program.run(inputs)).fetched.gradient, release: () => program.release() };
}

/** With dropout. */
async function compileInTraining(
  engine: Engine,
  source: Source,
  model: GradientModel,
  { batch, tokens, triggerTokens, mode }: RowShape & { readonly triggerTokens: number; readonly mode: TrainingMode },
): Promise<Compiled> {
  const plan = modelDropout(model.shape, { batch, tokens }, { probability: mode.dropout, encoder: true });
  const program = await engine.compile({
    ...source,
    inputs: { ...source.inputs, ...dropoutSignature(plan) },
    body: (inputs) => ({ gradient: triggerGradient(model, triggerTokens, inputs, makeDropout(plan, inputs)) }),
  });
  const pool = await engine.upload(dropoutPool(plan, mode.rng.fork('gradient')));
  return {
    async run(inputs, rng) {
      if (rng === undefined) throw new Error('a gradient in training mode needs a generator for its masks');
      return (await program.run({ ...inputs, pool, ...dropoutPlace(plan, rng) })).fetched.gradient;
    },
    async release() {
      pool.dispose();
      await program.release();
    },
  };
}

/** For each token of the batch: which trigger place it is, or n for none. */
function slotIndices(
  hosts: readonly Host[],
  blank: readonly number[],
  limits: { readonly maxTokens: number; readonly sep: number },
  { batch, tokens }: { readonly batch: number; readonly tokens: number },
): { shape: number[]; dtype: 'int32'; data: Int32Array } {
  const data = new Int32Array(batch * tokens).fill(blank.length);
  hosts.forEach((host, row) => {
    const { kept } = stamp(host, blank, limits);
    for (let slot = 0; slot < kept; slot++) data[row * tokens + host.position + slot] = slot;
  });
  return { shape: [batch * tokens], dtype: 'int32', data };
}
