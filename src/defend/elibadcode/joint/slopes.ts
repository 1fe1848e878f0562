/**
 * The gradient of the joint search: of the mean over all pairs of (cosine − 1)² with respect to the embeddings of the trigger's
 * places in the functions and of the target's places in the queries, both from one backward pass (method.md 5).
 */
import * as tf from '@tensorflow/tfjs';
import { lookUpRows, noDropout, type DeviceTensor, type Engine, type HostValue } from '../../../engine/index.ts';
import {
  forward,
  makeBatch,
  nameOf,
  parameterSignature,
  readParameters,
  rowLengths,
  tokenSignature,
  type EncoderInputs,
  type Model,
  type ModelInput,
  type ParameterInput,
  type ParameterTensors,
  type ResidentParameters,
  type TokenInput,
} from '../../../train/index.ts';
import { withPad, type DecoderTrigger } from '../slopes.ts';
import { stamp, type Host } from '../stamp.ts';

/** Samples with room for a trigger in the function and for the target in the query; one entry a sample in each list. */
export interface JointHosts {
  readonly codes: readonly Host[];
  readonly queries: readonly Host[];
}

export interface JointTrigger {
  readonly trigger: readonly number[];
  readonly target: readonly number[];
}

export interface JointSlopes {
  /** @returns [n, H] and [m, H] (`null`: no target); the caller disposes them */
  run(at: JointTrigger): Promise<{ readonly trigger: DeviceTensor; readonly target: DeviceTensor | null }>;
  release(): Promise<void>;
}

/** Rows of functions and of queries are cut to lengths of their own. */
export const jointLimits = ({ task, config, tokenizer }: Pick<Model, 'task' | 'config' | 'tokenizer'>) => {
  const [code = 0, query = 0] = task.limits(config.maxTokens);
  const { sep } = tokenizer.special;
  return { code: { maxTokens: code, sep }, query: { maxTokens: query, sep } };
};

type Input = ParameterInput | TokenInput | 'slots0' | 'slots1';

/** All samples are one batch: the loss compares each with every other. */
export async function compileJointSlopes(
  engine: Pick<Engine, 'compile'>,
  model: Model,
  parameters: ResidentParameters,
  hosts: JointHosts,
  { trigger: n, target: m }: Readonly<Record<'trigger' | 'target', number>>,
  decoderTrigger: DecoderTrigger = 'pad',
): Promise<JointSlopes> {
  const { task, network, tokenizer } = model;
  const limits = jointLimits(model);
  const inputsOf = ({ trigger, target }: JointTrigger): ModelInput[] =>
    hosts.codes.map((host, sample) => [stamp(host, trigger, limits.code).row, stamp(hosts.queries[sample]!, target, limits.query).row]);
  const { pad } = tokenizer.special;
  const blank = { trigger: Array<number>(n).fill(pad), target: Array<number>(m).fill(pad) };
  const rows = { batch: hosts.codes.length, tokens: rowLengths(inputsOf(blank), task, model.config.maxTokens) };
  const slots = {
    slots0: slotsOf(hosts.codes, blank.trigger, limits.code, rows.tokens[0]!),
    slots1: slotsOf(hosts.queries, blank.target, limits.query, rows.tokens[1]!),
  };
  const program = await engine.compile({
    name: `joint gradient ${nameOf(rows)}`,
    inputs: { ...parameterSignature(model.parameters), ...tokenSignature(task, rows), ...slots },
    keep: ['trigger', 'target'],
    fetch: [],
    body(inputs: Record<Input, tf.Tensor>) {
      const views = readParameters(model.parameters, inputs);
      const loss = (...shifts: tf.Tensor[]): tf.Scalar => {
        const streams = shifts.map((shift, stream) => shifted({ model, decoderTrigger }, views, inputs, stream, shift as tf.Tensor2D));
        return meanPairLoss(forward(model, views, streams, noDropout));
      };
      // Gradients with respect to zeros added at the places. Without a target there is no such place, and its one row stays unused.
      const [trigger, target] = tf.grads(loss)([tf.zeros([n, network.width]), tf.zeros([Math.max(1, m), network.width])]);
      return { trigger: trigger!, target: target! };
    },
  });
  return {
    async run(at) {
      const { kept } = await program.run({ ...parameters, ...makeBatch(inputsOf(at), task, rows, network), ...slots });
      if (m > 0) return kept;
      kept.target.dispose();
      return { trigger: kept.trigger, target: null };
    },
    release: () => program.release(),
  };
}

/** Rows of a stream with a shift [places, H] added to the embeddings at its places. */
function shifted(
  { model: { network }, decoderTrigger }: { readonly model: Pick<Model, 'network'>; readonly decoderTrigger: DecoderTrigger },
  views: ParameterTensors,
  inputs: Record<Input, tf.Tensor>,
  stream: number,
  shift: tf.Tensor2D,
): EncoderInputs {
  const slots = inputs[stream === 0 ? 'slots0' : 'slots1'] as tf.Tensor1D;
  // The last row is what every other token gets: nothing.
  const shifts = tf.concat<tf.Tensor2D>([shift, tf.zeros([1, shift.shape[1]])], 0);
  const ids = inputs[`ids${stream}`] as tf.Tensor2D;
  const words: tf.Tensor2D = tf.add(network.lookUpWords(views, ids), lookUpRows(shifts, slots));
  const read = decoderTrigger === 'embeddings' ? null : withPad(ids, slots, network.words.pad, shift.shape[0]);
  return { words, mask: inputs[`mask${stream}`] as tf.Tensor2D, ids: read };
}

/** Mean of (q·c − 1)² over all queries and functions. @param outputs [N, 2H]: unit vectors of functions and of queries */
function meanPairLoss(outputs: tf.Tensor2D): tf.Scalar {
  const [codes, queries] = tf.split(outputs, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return tf.mean(tf.square(tf.sub(tf.matMul(queries, codes, false, true), 1)));
}

/** For each token of a stream's rows: which place it is, or the number of places (one at least) for none. */
function slotsOf(
  hosts: readonly Host[],
  blank: readonly number[],
  limits: { readonly maxTokens: number; readonly sep: number },
  tokens: number,
): HostValue {
  const data = new Int32Array(hosts.length * tokens).fill(Math.max(1, blank.length));
  hosts.forEach((host, row) => {
    const { kept } = stamp(host, blank, limits);
    for (let slot = 0; slot < kept; slot++) data[row * tokens + host.position + slot] = slot;
  });
  return { shape: [data.length], dtype: 'int32', data };
}
