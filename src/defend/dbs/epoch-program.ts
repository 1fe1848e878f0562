/**
 * An epoch of DBS in one compiled program: soft trigger, forward, backward, Adam. Z and its moments stay on the device. Where the
 * samples do not fit its memory at once, all but the last part add up gradients first.
 */
import * as tf from '@tensorflow/tfjs';
import type { DeviceTensor, Engine, HostValue, Program, Signature } from '../../engine/index.ts';
import {
  makeBatch,
  nameOf,
  parameterSignature,
  planMemory,
  readParameters,
  rowLengths,
  tokenSignature,
  vector,
  type ParameterInput,
  type ResidentParameters,
  type RowShape,
  type TokenInput,
} from '../../train/index.ts';
import { wordsOf } from '../elibadcode/gradient.ts';
import { stampedInput } from '../elibadcode/host-batches.ts';
import { rowsOfStream, slotIndices, type GradientModel } from '../elibadcode/slopes.ts';
import type { Host } from '../elibadcode/stamp.ts';
import { adamUpdate, mixture, softLosses, type StampedRows } from './soft-trigger.ts';

export type EpochEngine = Pick<Engine, 'compile' | 'upload' | 'memoryBudget'>;
export type EpochModel = GradientModel;

export interface EpochTask {
  readonly hosts: readonly Host[];
  readonly target: number;
  /** Token ids that Z's columns stand for, V of them. */
  readonly vocabulary: readonly number[];
  /** n */
  readonly triggerTokens: number;
}

/** Z and Adam's moments, [n, V] each. */
export type Logits = Readonly<Record<'z' | 'm' | 'v', DeviceTensor>>;

export interface EpochInputs {
  readonly temperature: number;
  /** [n, V] row-major; `null`: none. */
  readonly noise: Float32Array | null;
  /** `adamFactors` */
  readonly rate: number;
  readonly spread: number;
}

export interface EpochResult {
  /** The old ones are not disposed. */
  readonly logits: Logits;
  /** Of each host, before the step. */
  readonly losses: readonly number[];
  /** Of each row of P before the step: its largest probability and where in the vocabulary that is, ties at the first. */
  readonly peaks: readonly number[];
  readonly tokens: readonly number[];
}

export interface EpochProgram {
  readonly parts: number;
  run(logits: Logits, inputs: EpochInputs): Promise<EpochResult>;
  release(): Promise<void>;
}

type Fixed = ParameterInput | TokenInput | 'words' | 'slots' | 'labels' | 'weights';
type GradientInput = Fixed | 'z' | 'temperature' | 'noise' | 'carried';
type Input = GradientInput | 'm' | 'v' | 'rate' | 'spread';

/** Compiled for a fixed set of hosts. */
export async function compileEpoch(
  engine: EpochEngine,
  model: EpochModel,
  parameters: ResidentParameters,
  task: EpochTask,
): Promise<EpochProgram> {
  const parts = divide(engine, model, task);
  const words = await wordsOf(engine, model, parameters, task.vocabulary);
  const shape = [task.triggerTokens, task.vocabulary.length];
  const zeros = await engine.upload(logitsOf(shape));
  const given = await Promise.all(parts.map((part) => fixedInputs(engine, model, part, task)));
  const [first] = parts;
  if (first === undefined) throw new Error('an epoch needs a host');
  const bodies = programs(model, first, shape);
  const step: Program<Input, 'z' | 'm' | 'v', 'losses' | 'peaks' | 'tokens'> = await engine.compile(bodies.step);
  const accumulate: Program<GradientInput, 'gradient', 'losses'> | null =
    parts.length === 1 ? null : await engine.compile(bodies.accumulate);
  return {
    parts: parts.length,
    async run(logits, { temperature, noise, ...factors }) {
      const common = { ...parameters, words, temperature: vector([temperature]) };
      const shared = { ...common, noise: noise === null ? zeros : await engine.upload({ ...logitsOf(shape), data: noise }) };
      const losses: number[] = [];
      let carried = zeros;
      for (const [index, part] of parts.slice(0, -1).entries()) {
        const { kept, fetched } = await accumulate!.run({ ...shared, ...given[index]!, z: logits.z, carried });
        if (carried !== zeros) carried.dispose();
        carried = kept.gradient;
        losses.push(...fetched.losses.subarray(0, part.hosts.length));
      }
      const scalars = { rate: vector([factors.rate]), spread: vector([factors.spread]) };
      const { kept, fetched } = await step.run({ ...shared, ...given.at(-1)!, ...logits, ...scalars, carried });
      if (carried !== zeros) carried.dispose();
      if (noise !== null) shared.noise.dispose();
      losses.push(...fetched.losses.subarray(0, parts.at(-1)!.hosts.length));
      return { logits: kept, losses, peaks: [...fetched.peaks], tokens: [...fetched.tokens] };
    },
    async release() {
      for (const tensor of [words, zeros, ...given.flatMap((inputs) => Object.values(inputs))]) tensor.dispose();
      await step.release();
      await accumulate?.release();
    },
  };
}

/** Zeros, unless filled. @param shape [n, V] */
export const logitsOf = (shape: readonly number[]): HostValue => ({
  shape,
  dtype: 'float32',
  data: new Float32Array(shape.reduce((size, side) => size * side, 1)),
});

interface Part extends RowShape {
  readonly hosts: readonly Host[];
}

/** Evenly, so that one program of each kind serves all parts; one part where the memory allows. */
function divide({ memoryBudget }: EpochEngine, model: EpochModel, { hosts, triggerTokens }: EpochTask): Part[] {
  const { task, network, parameters } = model;
  const inputs = hosts.map((host) => stampedInput(host, blankOf(model, triggerTokens), limitsOf(model)));
  const tokens = rowLengths(inputs, task, model.config.maxTokens);
  const partition = { trained: [], frozen: parameters };
  const batchSize = hosts.length;
  const batch = planMemory({ network, task, partition, poolSize: 0, batchSize, tokens, budget: memoryBudget }).rows(tokens);
  return Array.from({ length: Math.ceil(batchSize / batch) }, (_, index) => ({
    batch,
    tokens,
    hosts: hosts.slice(index * batch, (index + 1) * batch),
  }));
}

const blankOf = ({ tokenizer }: EpochModel, places: number): number[] => Array<number>(places).fill(tokenizer.special.pad);
const limitsOf = ({ tokenizer, config }: EpochModel) => ({ maxTokens: config.maxTokens, sep: tokenizer.special.sep });

/** A part's rows with pad in the trigger's places, on the device. */
async function fixedInputs(
  engine: EpochEngine,
  model: EpochModel,
  part: Part,
  { hosts, target, triggerTokens }: EpochTask,
): Promise<Record<Exclude<Fixed, ParameterInput | 'words'>, DeviceTensor>> {
  const [blank, limits] = [blankOf(model, triggerTokens), limitsOf(model)];
  const values = {
    ...makeBatch(
      part.hosts.map((host) => stampedInput(host, blank, limits)),
      model.task,
      part,
      model.network,
    ),
    slots: slotIndices(part, rowsOfStream(model), blank, limits),
    labels: vector(Array<number>(part.batch).fill(target)),
    // The mean is over all hosts; rows that only fill a batch count nothing.
    weights: vector(Array<number>(part.hosts.length).fill(1 / hosts.length), part.batch),
  };
  const uploaded = Object.entries<HostValue>(values).map(async ([name, value]) => [name, await engine.upload(value)] as const);
  // The entries are those of `values`.
  return Object.fromEntries(await Promise.all(uploaded)) as Record<keyof typeof values, DeviceTensor>;
}

/** @param shape [n, V] */
function programs(model: EpochModel, rows: RowShape, shape: readonly number[]) {
  const { batch, tokens } = rows;
  const [logits, scalar, perSample] = [shape, [1], [batch]].map((one) => ({ shape: one, dtype: 'float32' }) as const);
  const inputs: Signature<GradientInput> = {
    ...parameterSignature(model.parameters),
    ...tokenSignature(model.task, rows),
    words: { shape: [shape[1]!, model.network.width], dtype: 'float32' },
    slots: { shape: [batch * rowsOfStream(model) * tokens[0]!], dtype: 'int32' },
    ...{ labels: perSample!, weights: perSample!, z: logits!, noise: logits!, carried: logits!, temperature: scalar! },
  };
  const gradientOf = (given: Record<GradientInput, tf.Tensor>): { readonly losses: tf.Tensor1D; readonly gradient: tf.Tensor } => {
    const { ids0, mask0, slots, labels, weights, carried, z, temperature, noise, words } = given;
    const views = readParameters(model.parameters, given);
    const stamped = { ids: ids0, mask: mask0, slots, labels, weights } as StampedRows;
    const { losses, gradient } = softLosses(model, views, stamped, { z, temperature, noise, words: words as tf.Tensor2D });
    return { losses, gradient: tf.add(carried, gradient) };
  };
  const name = `soft trigger ${nameOf(rows)}`;
  return {
    accumulate: { name: `${name} part`, inputs, keep: ['gradient'], fetch: ['losses'], body: gradientOf },
    step: {
      name,
      inputs: { ...inputs, m: logits!, v: logits!, rate: scalar!, spread: scalar! },
      keep: ['z', 'm', 'v'],
      fetch: ['losses', 'peaks', 'tokens'],
      body(given: Record<Input, tf.Tensor>) {
        const { losses, gradient } = gradientOf(given);
        const { values, indices } = tf.topk(mixture(given.z, given.temperature, given.noise), 1);
        // Fetched values are floats, which hold any position exactly.
        const peaks = { peaks: tf.reshape(values, [-1]), tokens: tf.cast(tf.reshape(indices, [-1]), 'float32') };
        return { losses, ...peaks, ...adamUpdate(given, gradient, given) };
      },
    },
  } as const;
}
