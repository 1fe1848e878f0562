/** dℓ/dO: the gradient of the mean loss for the target label with respect to the trigger's one-hot choice (method.md 4, steps a-c). */
import * as tf from '@tensorflow/tfjs';
import { lookUpRows, noDropout, type Engine, type Program } from '../../engine/index.ts';
import {
  bucketLength,
  flatSize,
  forward,
  lookUpWords,
  makeBatch,
  vector,
  viewParameters,
  type Model,
  type Scorer,
} from '../../train/index.ts';
import { stamp, type Host } from './stamp.ts';

export interface GradientProgram {
  /** @returns [n, |T|] row-major: dℓ/dO of each trigger place over the trigger vocabulary */
  run(trigger: readonly number[]): Promise<Float32Array>;
  release(): Promise<void>;
}

type Input = 'theta' | 'ids' | 'slots' | 'mask' | 'labels' | 'vocabulary';

/**
 * Compiled for a fixed set of hosts. The rows carry the trigger as ids; a zero is added to each trigger token's embedding, and
 * the gradient is taken with respect to those n zeros, so nothing but n rows of width H is differentiated.
 */
export async function compileGradient(
  engine: Engine,
  model: Model,
  scorer: Scorer,
  {
    hosts,
    target,
    vocabulary,
    triggerTokens,
  }: { hosts: readonly Host[]; target: number; vocabulary: readonly number[]; triggerTokens: number },
): Promise<GradientProgram> {
  const { tokenizer, config, shape, parameters } = model;
  const limits = { maxTokens: config.maxTokens, sep: tokenizer.special.sep };
  const blank = Array<number>(triggerTokens).fill(tokenizer.special.pad);
  const batch = hosts.length;
  const tokens = bucketLength(Math.max(...hosts.map((host) => stamp(host, blank, limits).row.length)), config.maxTokens);
  const slots = slotIndices(hosts, blank, limits, { batch, tokens });

  const program: Program<Input, never, 'gradient'> = await engine.compile({
    name: `trigger gradient ${batch}x${tokens}`,
    inputs: {
      theta: { shape: [flatSize(parameters)], dtype: 'float32' },
      ids: { shape: [batch, tokens], dtype: 'int32' },
      slots: { shape: [batch * tokens], dtype: 'int32' },
      mask: { shape: [batch, tokens], dtype: 'float32' },
      labels: { shape: [batch], dtype: 'float32' },
      vocabulary: { shape: [vocabulary.length], dtype: 'int32' },
    },
    keep: [],
    fetch: ['gradient'],
    body(inputs) {
      const views = viewParameters(parameters, inputs.theta as tf.Tensor1D);
      const meanLoss = (shift: tf.Tensor): tf.Scalar => {
        // Row n of the shifts is what every other token gets: nothing.
        const shifts = tf.concat([shift as tf.Tensor2D, tf.zeros([1, shape.width])], 0) as tf.Tensor2D;
        const words: tf.Tensor2D = tf.add(lookUpWords(views, inputs.ids as tf.Tensor2D), lookUpRows(shifts, inputs.slots as tf.Tensor1D));
        const logits = forward(model, views, { words, mask: inputs.mask as tf.Tensor2D }, noDropout);
        return tf.mean(model.task.losses(logits, inputs.labels as tf.Tensor1D));
      };
      const embeddingGradient = tf.grad(meanLoss)(tf.zeros([triggerTokens, shape.width])) as tf.Tensor2D;
      const embeddings = tf.gather(views['words'] as tf.Tensor2D, inputs.vocabulary as tf.Tensor1D);
      return { gradient: tf.matMul(embeddingGradient, embeddings, false, true) };
    },
  });
  const fixed = {
    theta: scorer.theta,
    slots,
    labels: vector(Array<number>(batch).fill(target)),
    vocabulary: { shape: [vocabulary.length], dtype: 'int32' as const, data: Int32Array.from(vocabulary) },
  };
  return {
    async run(trigger) {
      const rows = hosts.map((host) => stamp(host, trigger, limits).row);
      return (await program.run({ ...fixed, ...makeBatch(rows, batch, tokens, tokenizer.special.pad) })).fetched.gradient;
    },
    release: () => program.release(),
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
