/**
 * The compiled program of Integrated Gradients: some points of the path from nothing to the words' embeddings, for some samples at once.
 *
 * Shapes: B samples, P points of the path, R rows a sample, S sub-tokens a row, H width.
 */
import * as tf from '@tensorflow/tfjs';
import { noDropout, type ProgramSource } from '../../engine/index.ts';
import {
  nameOf,
  parameterSignature,
  readParameters,
  tokenSignature,
  type ParameterInput,
  type ParameterTensors,
  type RowShape,
  type TokenInput,
} from '../../train/index.ts';
import type { ScorableModel as AttributedModel } from '../../train/scorer.ts';

type Input = ParameterInput | TokenInput | 'points' | 'weights';
export type AttributionProgram = ProgramSource<Input, never, 'attributions' | 'values'>;

/**
 * Attributions [B, R·S] of f to the sub-tokens of the first stream, the programs', and f itself at each point, [B, P]: the probability of
 * label 1, or the cosine of code and query. `points` are shares of the embeddings, 0..1; `weights` are those of the gradients' mean.
 */
export function attributionProgram(model: AttributedModel, rows: RowShape, points: number): AttributionProgram {
  const perPoint = { shape: [points], dtype: 'float32' } as const;
  return {
    name: `attribution ${nameOf(rows)} at ${points}`,
    inputs: { ...parameterSignature(model.parameters), ...tokenSignature(model.task, rows), points: perPoint, weights: perPoint },
    keep: [],
    fetch: ['attributions', 'values'],
    body: (inputs) => attributions(model, rows, inputs),
  };
}

/**
 * With e_j scaled to (α_s + g_j)·e_j at point s, the derivative of Σ_s w_s·f with respect to the gain g_j at 0 is Σ_s w_s·Σ_width e_j·∂f/∂(α_s·e_j):
 * the attribution, summed over points and width where it is made. The derivative with respect to a weight is f at its point.
 */
function attributions(
  model: AttributedModel,
  { batch, tokens }: RowShape,
  inputs: Record<Input, tf.Tensor>,
): Record<'attributions' | 'values', tf.Tensor> {
  const { network, task } = model;
  const points = inputs.points.size;
  const views = readParameters(model.parameters, inputs);
  const places = task.streams[0]!.rows.length * tokens[0]!;
  const ids = inputs.ids0 as tf.Tensor2D;
  const embeddings = tf.reshape(network.lookUpWords(views, ids), [batch, 1, places, network.width]);
  const mask = repeated(inputs.mask0!, batch, points, tokens[0]!);
  const others = task.streams.slice(1).map((_, index) => otherVectors(model, views, inputs, index + 1, points));
  const path = tf.reshape(inputs.points, [1, points, 1, 1]);

  const values = (gains: tf.Tensor): tf.Tensor => {
    const scaled = tf.mul(embeddings, tf.add(path, tf.reshape(gains, [batch, 1, places, 1])));
    const words = tf.reshape<tf.Rank.R2>(scaled, [batch * points * places, network.width]);
    // Without ids a decoder reads the same scaled embeddings as the encoder: all that the words do to f is on the path.
    const vectors = network.encode(views, { words, mask, ids: null }, { dropout: noDropout, read: task.read });
    const outputs = task.outputs(views, [vectors, ...others], noDropout);
    return tf.reshape(task.probabilities === null ? cosines(outputs) : task.probabilities(outputs), [batch, points]);
  };
  const total = (gains: tf.Tensor, weights: tf.Tensor): tf.Tensor => tf.sum(tf.mul(values(gains), weights));
  const weights = tf.tile(tf.reshape(inputs.weights, [1, points]), [batch, 1]);
  const [perPlace, perPoint] = tf.grads(total)([tf.zeros([batch, places]), weights]);
  return { attributions: perPlace!, values: perPoint! };
}

/** What stands beside the programs, a query, is encoded once and the same at every point: [B·P·R, H]. */
function otherVectors(
  { network, task }: AttributedModel,
  views: ParameterTensors,
  inputs: Record<Input, tf.Tensor>,
  stream: number,
  points: number,
): tf.Tensor2D {
  const ids = inputs[`ids${stream}`] as tf.Tensor2D;
  const words = network.lookUpWords(views, ids);
  const rows = { words, mask: inputs[`mask${stream}`] as tf.Tensor2D, ids };
  const vectors = network.encode(views, rows, { dropout: noDropout, read: task.read });
  return repeated(vectors, ids.shape[0] / task.streams[stream]!.rows.length, points, network.width);
}

/** `x` [B·R, width] once a point: [B·P·R, width]. */
function repeated(x: tf.Tensor, batch: number, points: number, width: number): tf.Tensor2D {
  const perSample = tf.reshape(x, [batch, 1, x.size / batch]);
  return tf.reshape<tf.Rank.R2>(tf.tile(perSample, [1, points, 1]), [(x.size * points) / width, width]);
}

/** Of outputs that are the code's and the query's unit vector side by side, [B, 2H]. */
function cosines(outputs: tf.Tensor2D): tf.Tensor1D {
  const [codes, queries] = tf.split(outputs, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return tf.sum(tf.mul(codes, queries), -1);
}
