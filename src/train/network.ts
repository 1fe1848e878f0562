/**
 * What training and defences know of an architecture: its parameters, a pass through it, and what a row costs there.
 *
 * Shapes: B rows, S tokens, H width.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Dropout } from '../engine/index.ts';
import type { Parameter, ParameterTensors } from './parameters.ts';

/** The ids that rows are made of. */
export interface Words {
  /** Rows of the word table. */
  readonly vocabulary: number;
  readonly pad: number;
  readonly sep: number;
}

export interface EncoderInputs {
  /** Word embeddings, [B·S, H]: looked up, or with a trigger's embeddings put in. */
  readonly words: tf.Tensor2D;
  /** 1 at real tokens, 0 at padding: [B, S]. Padding stands at the end of a row. */
  readonly mask: tf.Tensor2D;
  /**
   * The rows' ids [B, S], for what reads ids besides embeddings (a decoder). Where a trigger's embeddings are put in they hold pad in
   * its places, or are `null`: then the embeddings are read there too (method.md 4, victims-and-data.md 4.2).
   */
  readonly ids: tf.Tensor2D | null;
}

/**
 * What stands for a row where the architecture leaves a choice: its first hidden state, or the mean of all; `all`: every hidden state.
 * An architecture with a vector of its own gives that for `first` and `mean` alike.
 */
export type Read = 'first' | 'mean' | 'all';

/** A pass in which a decoder reads other rows, of T sub-tokens, than the encoder, as in pretraining. */
export interface PairPass {
  /** Every hidden state of the decoder, [B·T, H]. @param target what the decoder reads, which is all behind what it tells */
  readonly decode: (
    parameters: ParameterTensors,
    source: Pick<EncoderInputs, 'words' | 'mask'>,
    target: Pick<EncoderInputs, 'words' | 'mask'>,
    dropout: Dropout,
  ) => tf.Tensor2D;
  /** As `Network.dropoutSites`, of rows of `source` and `target` sub-tokens. */
  readonly dropoutSites: (source: number, target: number) => number[];
  /** As `Network.rowFloats`. */
  readonly rowFloats: (source: number, target: number) => number;
}

/** Units between the two products of a feed-forward block. */
export interface InnerUnits {
  /** F */
  readonly count: number;
  /** Key of the matrix [H, F] that reads them: its columns are their outgoing weights. */
  readonly readBy: string;
  /** What they give at every place of the rows, behind the activation function and without dropout: [B·S, F]. */
  readonly activations: (parameters: ParameterTensors, inputs: EncoderInputs) => tf.Tensor2D;
}

export interface Network {
  readonly width: number;
  readonly words: Words;
  /** The id that every row must end with, before its padding; `null`: any. */
  readonly rowEnd: number | null;
  /** Whether a pass reads `ids` besides `words`: a trigger then comes in twice. */
  readonly readsIds: boolean;
  /** In the order of the flat vector. The word table has the key `words`. */
  readonly parameters: readonly Parameter[];
  /** Of the last layer's block; of the decoder's where there is one. */
  readonly inner: InnerUnits;
  /** Keys of the weights that make queries, keys and values: those that LoRA adapts. */
  readonly adapted: readonly string[];
  /** Word embeddings of `ids` [B, S] -> [B·S, H]. */
  readonly lookUpWords: (parameters: ParameterTensors, ids: tf.Tensor2D) => tf.Tensor2D;
  /** Vectors [B, H]; of `all`, hidden states [B·S, H]. */
  readonly encode: (
    parameters: ParameterTensors,
    inputs: EncoderInputs,
    options: { readonly dropout: Dropout; readonly read: Read },
  ) => tf.Tensor2D;
  /** Elements that a row of `tokens` has at each dropout site, in the order in which `encode` comes to them. */
  readonly dropoutSites: (tokens: number, read: Read) => number[];
  /** Floats that a training step keeps for a row of `tokens`, an estimate; 0 for 0. */
  readonly rowFloats: (tokens: number, read: Read) => number;
  /** Floating-point operations of a forward pass over a row of `tokens`, those of its matrix products. */
  readonly rowFlops: (tokens: number, read: Read) => number;
  /** Absent where there is no decoder. */
  readonly pair?: PairPass;
  /** The same network over another numbering of the words (compact.ts). */
  readonly renumbered: (words: Words) => Network;
}
