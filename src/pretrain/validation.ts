/** The loss on rows that are not trained on; the same sub-tokens are hidden after every epoch. */
import * as tf from '@tensorflow/tfjs';
import { chunk } from '../core/batches.ts';
import { noDropout, type Engine, type ProgramSource } from '../engine/index.ts';
import { parameterSignature, readParameters, uploadParameters, disposeParameters } from '../train/index.ts';
import type { HostTensor, Parameter, ParameterInput, RowShape } from '../train/index.ts';
import type { RowSource } from '../train/row-source.ts';
import type { RowInput } from '../train/steps.ts';

export interface ValidationRows {
  readonly source: RowSource;
  readonly lengths: readonly number[];
  /** Of each row in the mean. */
  readonly weights: readonly number[];
  /** Rows computed at once. */
  readonly batch: number;
}

/** Weighted mean over the rows; where a row is compared with those beside it, these are rows of like length. */
export async function validationLoss(
  engine: Engine,
  { source, lengths, weights, batch }: ValidationRows,
  parameters: readonly Parameter[],
  tensors: ReadonlyMap<string, HostTensor>,
): Promise<number> {
  const resident = await uploadParameters(engine, parameters, tensors);
  const programs = new Map<string, Awaited<ReturnType<typeof open>>>();
  const open = (shape: RowShape) => engine.compile(lossProgram(source, parameters, shape));
  const byLength = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  let sum = 0;
  try {
    for (const rows of chunk(byLength, batch)) {
      const shape = { batch, tokens: source.tokensOf(rows) };
      const program = programs.get(shape.tokens.join()) ?? (await open(shape));
      programs.set(shape.tokens.join(), program);
      const { fetched } = await program.run({ ...resident, ...source.values(rows, shape) });
      rows.forEach((row, index) => (sum += fetched.losses[index]! * weights[row]!));
    }
  } finally {
    for (const program of programs.values()) await program.release();
    disposeParameters(resident);
  }
  return sum / weights.reduce((total, weight) => total + weight, 0);
}

function lossProgram(
  source: RowSource,
  parameters: readonly Parameter[],
  shape: RowShape,
): ProgramSource<ParameterInput | RowInput, never, 'losses'> {
  const reader = source.reader(shape);
  return {
    name: `pretraining loss ${shape.batch}x${shape.tokens.join('+')}`,
    inputs: { ...parameterSignature(parameters), ...reader.inputs },
    keep: [],
    fetch: ['losses'],
    body(inputs) {
      const [losses] = reader.vectors(readParameters(parameters, inputs), inputs, noDropout);
      return { losses: tf.reshape(losses!, [shape.batch]) };
    },
  };
}
