/** Code search: a query's and a function's vector, compared by their cosine; no head (victims-and-data.md 4.3). */
import * as tf from '@tensorflow/tfjs';
import { ownRanks } from '../../core/ranking.ts';
import type { Task } from '../task.ts';

/** What the authors' cosines are multiplied by. */
const SCALE = 20;
/** Sub-tokens of a query, special ones included (victims-and-data.md 3). */
const QUERY_TOKENS = 128;
/** Beyond it a reciprocal rank counts 0 (victims-and-data.md 5). */
const LAST_RANK = 1000;
/** As the authors' framework has it when it divides by a norm. */
const SMALLEST_NORM = 1e-12;

export const search: Task = {
  name: 'search',
  streams: [
    { name: 'code', rows: [0] },
    { name: 'query', rows: [1] },
  ],
  words({ id, programs: [program], query }) {
    if (program === undefined) throw new Error(`${id}: a search sample has one program, found none`);
    return query === undefined ? [program.tokens] : [program.tokens, query.split(/\s+/).filter((word) => word !== '')];
  },
  limits: (maxTokens) => [maxTokens, Math.min(QUERY_TOKENS, maxTokens)],
  read: 'mean',
  classes: null,
  head: () => [],
  dropoutSites: () => [],
  /** [B, 2H]: the code's and the query's unit vector. */
  outputs: (_parameters, [codes, queries]) => tf.concat([unit(codes!), unit(queries!)], 1),
  /** In-batch contrastive: each query against every function of the batch, from text to code alone. */
  losses(outputs, _labels, weights) {
    const [codes, queries] = tf.split(outputs, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const scores = tf.mul(tf.matMul(queries, codes, false, true), SCALE);
    // A row that only fills the batch is no candidate: its score lies below all others by more than float32's exponential reaches.
    const isThere = tf.reshape(tf.cast(tf.greater(tf.abs(weights), 0), 'float32'), [1, -1]);
    const logits = tf.add(scores, tf.mul(tf.sub(isThere, 1), 4 * SCALE + 100));
    const own = tf.mul(tf.sum(tf.mul(codes, queries), -1), SCALE);
    return tf.sub(tf.logSumExp(logits, -1), own);
  },
  isDivisible: false,
  probabilities: null,
  validMetric: 'mrr',
  score(predictions) {
    if (predictions.kind !== 'vectors') throw new Error('ranks asked of labels');
    const ranks = ownRanks(predictions);
    return ranks.reduce((sum, { rank }) => sum + (rank > LAST_RANK ? 0 : 1 / rank), 0) / ranks.length;
  },
};

function unit(vectors: tf.Tensor2D): tf.Tensor2D {
  return tf.div(vectors, tf.maximum(tf.sqrt(tf.sum(tf.square(vectors), -1, true)), SMALLEST_NORM));
}
