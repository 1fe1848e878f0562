/** The crafting model's parameters as one flat vector, which the optimiser updates and every program takes. */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../core/rng.ts';

/** H of each encoder direction; words of code have H features, words of names and the decoder 2H. */
export interface ModelShape {
  readonly width: number;
  /** Of encoder and decoder each. */
  readonly layers: number;
  readonly sourceWords: number;
  readonly targetWords: number;
}

/** Weights of a look-up and of `linear` lie as [rows, in] and [out, in]; those of the states as [1, directions, H, 4H]. */
export function parameterShapes({ width: h, layers, sourceWords, targetWords }: ModelShape): Readonly<Record<string, readonly number[]>> {
  const d = 2 * h;
  const shapes: Record<string, readonly number[]> = { 'source words': [sourceWords, h], 'target words': [targetWords, d] };
  for (let layer = 0; layer < layers; layer++) {
    shapes[`encoder ${layer} input`] = [8 * h, layer === 0 ? h : d];
    shapes[`encoder ${layer} bias`] = [8 * h];
    shapes[`encoder ${layer} state`] = [1, 2, h, 4 * h];
    shapes[`decoder ${layer} input`] = [4 * d, d];
    shapes[`decoder ${layer} bias`] = [4 * d];
    shapes[`decoder ${layer} state`] = [1, 1, d, 4 * d];
  }
  return {
    ...shapes,
    'attention weight': [d, 2 * d],
    'attention bias': [d],
    'output weight': [targetWords, d],
    'output bias': [targetWords],
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const parameterCount = (shape: ModelShape): number =>
  Object.values(parameterShapes(shape)).reduce((sum, own) => sum + sizeOf(own), 0);

/** Of uniform initial weights at the authors' width (attacks.md 3). Ours grow as the width shrinks: sums of fewer products keep their size. */
const BOUND = { value: 0.08, width: 512 } as const;

export function initialParameters(shape: ModelShape, rng: Rng): Float32Array {
  const bound = BOUND.value * Math.sqrt(BOUND.width / shape.width);
  return new Float32Array(parameterCount(shape)).map(() => (2 * rng.uniform() - 1) * bound);
}

export type Parameters = Readonly<Record<string, tf.Tensor>>;

/** Inside a program: the flat vector cut into its parameters. */
export function viewParameters(shape: ModelShape, theta: tf.Tensor1D): Record<string, tf.Tensor> {
  const entries = Object.entries(parameterShapes(shape));
  const parts = tf.split(
    theta,
    entries.map(([, own]) => sizeOf(own)),
  );
  return Object.fromEntries(entries.map(([key, own], index) => [key, tf.reshape(parts[index]!, [...own])]));
}
