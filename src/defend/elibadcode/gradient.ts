/** From the gradient at the trigger's places to tokens of the trigger vocabulary: dℓ/dO = dℓ/dE·W_Tᵀ (method.md 4, steps c-d). */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../core/rng.ts';
import type { DeviceTensor } from '../../engine/index.ts';
import { parameterSignature, readParameters, type ResidentParameters, type Scorer } from '../../train/index.ts';
import { compileSlopes, type GradientEngine, type GradientModel, type GradientTask } from './slopes.ts';

export interface GradientProgram {
  /** @returns [n, |T|] row-major: dℓ/dO of each trigger place over the trigger vocabulary */
  run(trigger: readonly number[], rng?: Rng): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface Choices {
  /** For each trigger place, positions in the trigger vocabulary, the most negative gradient first; ties go to the lower position. */
  readonly positions: readonly (readonly number[])[];
  /** Sum of the gradient's absolute values: not finite as soon as one of them is not. */
  readonly magnitude: number;
}

export interface ChoiceProgram {
  run(trigger: readonly number[], rng?: Rng): Promise<Choices>;
  release(): Promise<void>;
}

/** The whole gradient, brought to the host. */
export async function compileGradient(
  engine: GradientEngine,
  model: GradientModel,
  { parameters }: Pick<Scorer, 'parameters'>,
  task: GradientTask,
): Promise<GradientProgram> {
  const slopes = await compileSlopes(engine, model, { parameters }, task);
  const reader = await compileReader(engine, model, parameters, task, ['gradient'], (gradient) => ({ gradient }));
  return {
    run: async (trigger, rng) => (await reader.read(await slopes.run(trigger, rng))).gradient,
    async release() {
      await reader.release();
      await slopes.release();
    },
  };
}

/** The `topK` most negative entries of each place; nothing else leaves the device. */
export async function compileChoices(
  engine: GradientEngine,
  model: GradientModel,
  { parameters }: Pick<Scorer, 'parameters'>,
  task: GradientTask & { readonly topK: number },
): Promise<ChoiceProgram> {
  const slopes = await compileSlopes(engine, model, { parameters }, task);
  const reader = await compileChoiceReader(engine, model, parameters, task);
  return {
    run: async (trigger, rng) => reader.read(await slopes.run(trigger, rng)),
    async release() {
      await reader.release();
      await slopes.release();
    },
  };
}

export interface ChoiceReader {
  /** @param slopes dℓ/dE [n, H], which it disposes */
  read(slopes: DeviceTensor): Promise<Choices>;
  release(): Promise<void>;
}

/** From slopes at n places to choices for them. */
export async function compileChoiceReader(
  engine: GradientEngine,
  model: Pick<GradientModel, 'network' | 'parameters'>,
  parameters: ResidentParameters,
  { topK, ...places }: Pick<GradientTask, 'vocabulary' | 'triggerTokens'> & { readonly topK: number },
): Promise<ChoiceReader> {
  const reader = await compileReader(engine, model, parameters, places, ['positions', 'magnitude'], (gradient) => steepest(gradient, topK));
  return {
    async read(slopes) {
      const { positions, magnitude } = await reader.read(slopes);
      const ofPlace = (place: number): number[] => Array.from(positions.subarray(place * topK, (place + 1) * topK));
      return { positions: Array.from({ length: places.triggerTokens }, (_, place) => ofPlace(place)), magnitude: magnitude[0]! };
    },
    release: () => reader.release(),
  };
}

/** @param gradient [n, size] */
export function steepest(gradient: tf.Tensor, topK: number): Record<'positions' | 'magnitude', tf.Tensor> {
  const { indices } = tf.topk(tf.neg(gradient), topK, true);
  // Fetched values are floats, which hold any position exactly.
  return { positions: tf.cast(indices, 'float32'), magnitude: tf.sum(tf.abs(gradient)) };
}

interface Reader<Name extends string> {
  read(slopes: DeviceTensor): Promise<Readonly<Record<Name, Float32Array>>>;
  release(): Promise<void>;
}

/** What `read` makes of the gradient [n, |T|]. */
async function compileReader<Name extends string>(
  engine: GradientEngine,
  model: Pick<GradientModel, 'network' | 'parameters'>,
  parameters: ResidentParameters,
  { vocabulary, triggerTokens }: Pick<GradientTask, 'vocabulary' | 'triggerTokens'>,
  fetch: readonly Name[],
  read: (gradient: tf.Tensor2D) => Record<Name, tf.Tensor>,
): Promise<Reader<Name>> {
  const words = await wordsOf(engine, model, parameters, vocabulary);
  const program = await engine.compile({
    name: `trigger choices of ${vocabulary.length}`,
    inputs: { slopes: { shape: [triggerTokens, model.network.width], dtype: 'float32' }, words },
    keep: [],
    fetch,
    body: (inputs) => read(tf.matMul(inputs.slopes as tf.Tensor2D, inputs.words as tf.Tensor2D, false, true)),
  });
  return {
    async read(slopes) {
      const { fetched } = await program.run({ slopes, words });
      slopes.dispose();
      return fetched;
    },
    async release() {
      words.dispose();
      await program.release();
    },
  };
}

/** W_T [|T|, H]: the word embeddings of the trigger vocabulary, on the device. */
export async function wordsOf(
  engine: Pick<GradientEngine, 'compile'>,
  { parameters }: Pick<GradientModel, 'parameters'>,
  resident: ResidentParameters,
  vocabulary: readonly number[],
): Promise<DeviceTensor> {
  const ids = { shape: [vocabulary.length], dtype: 'int32', data: Int32Array.from(vocabulary) } as const;
  const tables = parameters.filter(({ key }) => key === 'words');
  const program = await engine.compile({
    name: 'trigger words',
    inputs: { ...parameterSignature(tables), vocabulary: ids },
    keep: ['words'],
    fetch: [],
    body: (inputs) => ({ words: tf.gather(readParameters(tables, inputs)['words'] as tf.Tensor2D, inputs.vocabulary as tf.Tensor1D) }),
  });
  const { words } = (await program.run({ ...resident, vocabulary: ids })).kept;
  await program.release();
  return words;
}
