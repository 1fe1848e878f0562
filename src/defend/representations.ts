/** What a model makes of samples before its head: the vectors that filters of the training data look at (defenses.md 7, 8). */
import type { Sample } from '../core/contracts.ts';
import { disposeParameters, inputsOf, openEncoder, openModel, scorableModel, uploadParameters } from '../train/index.ts';
import type { PhaseContext, Provided } from './contracts.ts';
import type { Rows } from './linear-algebra/rows.ts';

type Inputs = Pick<Provided<'victim' | 'training'>, 'task' | 'victim' | 'training'>;

/**
 * One row a sample: the vector that the head reads (of a pair both programs' side by side), or, where there is no head, that of the code.
 * Programs that samples share are encoded once and lie in memory once, as float32: 90,102 pairs stand on 7,302 functions.
 */
export async function representationsOf({ task, victim, training }: Inputs, context: PhaseContext): Promise<Rows> {
  const model = openModel(victim.model, task);
  // The first stream is the code; code search has its queries in another.
  const places = model.task.streams[0]!.rows;
  const inputs = inputsOf(model, training);
  const rows = [...new Set(inputs.flatMap((input) => places.map((place) => input[place]!)))];
  const index = new Map(rows.map((row, at) => [row, at]));
  const parameters = await uploadParameters(context.engine, model.parameters, victim.tensors);
  const encoder = openEncoder(context.engine, scorableModel(model), model.parameters, parameters);
  try {
    const vectors = await encoder.encode(rows, (done) => {
      context.signal.throwIfAborted();
      context.progress({ phase: 'encoding', done, total: rows.length });
    });
    const { width } = model.network;
    return {
      count: training.length,
      width: places.length * width,
      read: (sample, into) =>
        places.forEach((place, part) => {
          const at = index.get(inputs[sample]![place]!)!;
          into.set(vectors.subarray(at * width, (at + 1) * width), part * width);
        }),
    };
  } finally {
    await encoder.close();
    disposeParameters(parameters);
  }
}

/** Indices of samples, by label as given, ascending; or all together. Names are for people. */
export function groupsOf(
  samples: readonly Sample[],
  group: 'label' | 'all',
): { readonly name: string; readonly indices: readonly number[] }[] {
  const all = [...samples.keys()];
  if (group === 'all') return [{ name: 'all', indices: all }];
  const labels = [...new Set(samples.map(({ label }) => label))].sort((a, b) => a - b);
  return labels.map((label) => ({ name: `label ${label}`, indices: all.filter((index) => samples[index]!.label === label) }));
}
