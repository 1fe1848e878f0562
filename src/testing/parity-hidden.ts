/** The golden entries of hidden states and embeddings, which differ from backbone to backbone. */
import * as tf from '@tensorflow/tfjs';
import { noDropout } from '../engine/index.ts';
import type { EncoderInputs, Network, ParameterTensors } from '../train/index.ts';
import { t5ShapeOf } from '../train/models/t5-config.ts';
import { t5Encoder } from '../train/models/t5.ts';
import type { Backbone, Golden } from './golden.ts';

/** What is there inside a program. */
interface Pass {
  readonly golden: Golden;
  readonly network: Network;
  readonly views: ParameterTensors;
  readonly rows: EncoderInputs & { readonly ids: tf.Tensor2D };
  /** Mean loss of the defect task with the rows' words changed. */
  readonly lossOf: (words: tf.Tensor) => tf.Scalar;
}

interface HiddenStates {
  readonly entries: readonly string[];
  readonly compute: (pass: Pass) => Record<string, tf.Tensor>;
}

const evaluation = (read: 'all' | 'mean') => ({ dropout: noDropout, read });

export const hiddenStates: Readonly<Record<Backbone, HiddenStates>> = {
  roberta: {
    entries: ['hidden', 'mean_pooled'],
    compute({ network, views, rows }) {
      const [batch, tokens] = rows.mask.shape;
      // Hugging Face gives every padded place position 1; nothing reads those places, so our encoder numbers on. Their hidden
      // states are compared too: the difference is put into the words.
      const places = views['positions'] as tf.Tensor2D;
      const difference = tf.sub(tf.slice(places, [1, 0], [1, network.width]), tf.slice(places, [2, 0], [tokens, network.width]));
      const ones = tf.reshape(rows.mask, [batch, tokens, 1]);
      const words = tf.add(rows.words, tf.reshape(tf.mul(tf.sub(1, ones), difference), [batch * tokens, network.width]));
      return {
        hidden: network.encode(views, { ...rows, words: words as tf.Tensor2D }, evaluation('all')),
        mean_pooled: network.encode(views, rows, evaluation('mean')),
      };
    },
  },
  t5: {
    entries: ['encoder_hidden', 'decoder_hidden'],
    compute: ({ golden, network, views, rows }) => ({
      encoder_hidden: t5Encoder({ shape: t5ShapeOf(golden.config, golden.folder), parameters: views, dropout: noDropout }, rows),
      decoder_hidden: network.encode(views, rows, evaluation('all')),
    }),
  },
  'gpt-bigcode': {
    entries: ['hidden', 'embedding_grad'],
    compute({ network, views, rows, lossOf }) {
      const [batch, tokens] = rows.mask.shape;
      const hidden = tf.reshape(network.encode(views, rows, evaluation('all')), [batch, tokens, network.width]);
      // Nothing reads the padded places: their golden states are 0.
      return { hidden: tf.mul(hidden, tf.reshape(rows.mask, [batch, tokens, 1])), embedding_grad: tf.grad(lossOf)(rows.words) };
    },
  },
};
