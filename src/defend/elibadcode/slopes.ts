/**
 * dℓ/dE: the gradient of the mean loss for the target label with respect to the embeddings of the trigger's places (method.md 4,
 * steps a-c). It stays on the device: gradient.ts takes it to the trigger vocabulary.
 */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../core/errors.ts';
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
  type DropoutPlan,
  type Engine,
  type HostValue,
  type ProgramSource,
} from '../../engine/index.ts';
import {
  forward,
  makeBatch,
  modelDropout,
  nameOf,
  parameterSignature,
  readParameters,
  tokenSignature,
  vector,
  type Model,
  type ParameterInput,
  type RowShape,
  type Scorer,
  type TokenInput,
  type TrainingMode,
} from '../../train/index.ts';
import type { InversionSettings } from './shape.ts';
import { divideHosts, stampedInput } from './host-batches.ts';
import { stamp, type Host } from './stamp.ts';

export interface TriggerSlopes {
  /**
   * @param rng chooses the dropout masks in training mode, which needs it; otherwise unused
   * @returns dℓ/dE [n, H]; the caller disposes it
   */
  run(trigger: readonly number[], rng?: Rng): Promise<DeviceTensor>;
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
  readonly decoderTrigger?: DecoderTrigger;
}

/** What a decoder reads at the trigger's places: pad, as the authors' code (victims-and-data.md 4.2), or the embeddings too. Default: `pad`. */
export type DecoderTrigger = 'pad' | 'embeddings';

/** A setting that a model has no use for is refused. */
export function decoderTriggerOf(
  { decoderTrigger }: InversionSettings,
  { network, config }: Pick<Model, 'network' | 'config'>,
): DecoderTrigger {
  if (decoderTrigger !== undefined && !network.readsIds) {
    throw new UserError(
      'inversion.decoderTrigger',
      `“${decoderTrigger}”, and ${config.name} has no decoder beside an encoder`,
      'leave it out',
    );
  }
  return decoderTrigger ?? 'pad';
}

export type GradientEngine = Pick<Engine, 'compile' | 'upload' | 'batchTokens'>;

export type GradientModel = Pick<Model, 'network' | 'task' | 'parameters'> & {
  readonly config: Pick<Model['config'], 'maxTokens'>;
  readonly tokenizer: { readonly special: Pick<Model['tokenizer']['special'], 'pad' | 'sep'> };
};
type Input = ParameterInput | TokenInput | 'slots' | 'labels' | 'weights' | 'carried';

/** Compiled for a fixed set of hosts: batches of like length, each adding its share. */
export async function compileSlopes(
  engine: GradientEngine,
  model: GradientModel,
  { parameters }: Pick<Scorer, 'parameters'>,
  { hosts, target, triggerTokens, mode = null, decoderTrigger = 'pad' }: Omit<GradientTask, 'vocabulary'>,
): Promise<TriggerSlopes> {
  const { tokenizer, config, network, task } = model;
  const { pad, sep } = tokenizer.special;
  const limits = { maxTokens: config.maxTokens, sep };
  const blank = Array<number>(triggerTokens).fill(pad);
  const parts = divideHosts(hosts, blank, { task, limits, batchTokens: engine.batchTokens });
  const masks = mode === null ? null : await openMasks(engine, model, parts, mode);
  const programs = new Map<string, Part>();
  for (const rows of parts) {
    if (!programs.has(nameOf(rows)))
      programs.set(nameOf(rows), await compilePart(engine, model, rows, { triggerTokens, decoderTrigger }, masks));
  }
  const fixed = parts.map((part) => ({
    ...parameters,
    slots: slotIndices(part, rowsOfStream(model), blank, limits),
    labels: vector(Array<number>(part.batch).fill(target)),
    // The mean is over all hosts; rows that only fill a batch count nothing.
    weights: vector(Array<number>(part.hosts.length).fill(1 / hosts.length), part.batch),
  }));
  const nothing: HostValue = {
    shape: [triggerTokens, network.width],
    dtype: 'float32',
    data: new Float32Array(triggerTokens * network.width),
  };
  return {
    async run(trigger, rng) {
      let slopes: DeviceTensor | null = null;
      for (const [index, part] of parts.entries()) {
        const stamped = part.hosts.map((host) => stampedInput(host, trigger, limits));
        const inputs = { ...fixed[index]!, ...makeBatch(stamped, task, part, network), carried: slopes ?? nothing };
        const next: DeviceTensor = await programs.get(nameOf(part))!.run(inputs, rng?.fork(index));
        slopes?.dispose();
        slopes = next;
      }
      if (slopes === null) throw new Error('a gradient needs a host');
      return slopes;
    },
    async release() {
      masks?.pool.dispose();
      for (const program of programs.values()) await program.release();
    },
  };
}

/** Of a sample, in the one stream that there is: the first of them carries the trigger. */
export function rowsOfStream({ task }: GradientModel): number {
  const [stream, ...more] = task.streams;
  if (stream === undefined || more.length > 0) throw new Error(`${task.name}: a label's gradient needs rows of one stream`);
  return stream.rows.length;
}

/**
 * The rows carry the trigger as ids; a zero is added to each trigger token's embedding, and the gradient is taken with respect to
 * those n zeros, so nothing but n rows of width H is differentiated.
 */
function addSlopes(
  model: GradientModel,
  { triggerTokens, decoderTrigger }: Places,
  inputs: Record<Input, tf.Tensor>,
  dropout: Dropout,
): tf.Tensor {
  const { network } = model;
  const { width } = network;
  const { ids0, slots, mask0, labels, weights, carried } = inputs;
  const views = readParameters(model.parameters, inputs);
  const share = (shift: tf.Tensor): tf.Scalar => {
    // Row n of the shifts is what every other token gets: nothing.
    const shifts = tf.concat<tf.Tensor2D>([shift as tf.Tensor2D, tf.zeros([1, width])], 0);
    const words: tf.Tensor2D = tf.add(network.lookUpWords(views, ids0 as tf.Tensor2D), lookUpRows(shifts, slots as tf.Tensor1D));
    const ids = decoderTrigger === 'embeddings' ? null : withPad(ids0 as tf.Tensor2D, slots, network.words.pad, triggerTokens);
    const outputs = forward(model, views, [{ words, mask: mask0 as tf.Tensor2D, ids }], dropout);
    return tf.sum(tf.mul(model.task.losses(outputs, labels as tf.Tensor1D, weights as tf.Tensor1D), weights));
  };
  return tf.add(carried, tf.grad(share)(tf.zeros([triggerTokens, width])));
}

interface Part {
  run(inputs: Readonly<Record<Input, DeviceTensor | HostValue>>, rng: Rng | undefined): Promise<DeviceTensor>;
  release(): Promise<void>;
}

type Places = Required<Pick<GradientTask, 'triggerTokens' | 'decoderTrigger'>>;

async function compilePart(
  engine: GradientEngine,
  model: GradientModel,
  rows: RowShape,
  places: Places,
  masks: Masks | null,
): Promise<Part> {
  const { batch, tokens } = rows;
  const slopes = { shape: [places.triggerTokens, model.network.width], dtype: 'float32' } as const;
  const source: ProgramSource<Input, 'slopes', never> = {
    name: `trigger gradient ${nameOf(rows)}`,
    inputs: {
      ...parameterSignature(model.parameters),
      ...tokenSignature(model.task, rows),
      slots: { shape: [batch * rowsOfStream(model) * tokens[0]!], dtype: 'int32' },
      labels: { shape: [batch], dtype: 'float32' },
      weights: { shape: [batch], dtype: 'float32' },
      carried: slopes,
    },
    keep: ['slopes'],
    fetch: [],
    body: (inputs) => ({ slopes: addSlopes(model, places, inputs, noDropout) }),
  };
  if (masks === null) {
    const program = await engine.compile(source);
    return { run: async (inputs) => (await program.run(inputs)).kept.slopes, release: () => program.release() };
  }
  const plan = masks.planFor(rows);
  const program = await engine.compile({
    ...source,
    inputs: { ...source.inputs, ...dropoutSignature(plan) },
    body: (inputs) => ({ slopes: addSlopes(model, places, inputs, makeDropout(plan, inputs)) }),
  });
  return {
    async run(inputs, rng) {
      if (rng === undefined) throw new Error('a gradient in training mode needs a generator for its masks');
      return (await program.run({ ...inputs, pool: masks.pool, ...dropoutPlace(plan, rng) })).kept.slopes;
    },
    release: () => program.release(),
  };
}

interface Masks {
  readonly pool: DeviceTensor;
  readonly planFor: (rows: RowShape) => DropoutPlan;
}

/** One pool, as large as the largest batch needs. */
async function openMasks(engine: GradientEngine, model: GradientModel, parts: readonly RowShape[], mode: TrainingMode): Promise<Masks> {
  const most = { probability: mode.dropout, encoder: true };
  const plans = parts.map((rows) => modelDropout(model, rows, most));
  const largest = plans.reduce((a, b) => (b.poolSize > a.poolSize ? b : a));
  const pool = await engine.upload(dropoutPool(largest, mode.rng.fork('gradient')));
  return { pool, planFor: (rows) => modelDropout(model, rows, { ...most, poolSize: largest.poolSize }) };
}

/**
 * What reads ids gets pad in the trigger's places (victims-and-data.md 4.2): `slots` [B·S] are below `places` there. A network that reads none
 * has no such nodes in its program.
 */
export function withPad(ids: tf.Tensor2D, slots: tf.Tensor, pad: number, places: number): tf.Tensor2D {
  const isPlace = tf.less(tf.reshape(slots, ids.shape), tf.scalar(places, 'int32'));
  return tf.where(isPlace, tf.fill(ids.shape, pad, 'int32'), ids);
}

/** For each token of the batch: which trigger place it is, or n for none. */
export function slotIndices(
  { hosts, batch, tokens: [tokens = 0] }: RowShape & { readonly hosts: readonly Host[] },
  rows: number,
  blank: readonly number[],
  limits: { readonly maxTokens: number; readonly sep: number },
): { shape: number[]; dtype: 'int32'; data: Int32Array } {
  const data = new Int32Array(batch * rows * tokens).fill(blank.length);
  hosts.forEach((host, sample) => {
    const { kept } = stamp(host, blank, limits);
    for (let slot = 0; slot < kept; slot++) data[sample * rows * tokens + host.position + slot] = slot;
  });
  return { shape: [data.length], dtype: 'int32', data };
}
