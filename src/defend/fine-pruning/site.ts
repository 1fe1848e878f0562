/** Where units are pruned: what reads them, and how active clean samples make them (defenses.md 3, step 1). */
import * as tf from '@tensorflow/tfjs';
import type { Sample, TaskName } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import {
  chooseTokens,
  disposeParameters,
  inputsOf,
  openEncoder,
  scorableModel,
  uploadParameters,
  type Model,
  type Parameter,
  type Victim,
} from '../../train/index.ts';
import type { PhaseContext } from '../contracts.ts';
import { meanOf } from '../linear-algebra/covariance.ts';
import { representationsOf } from '../representations.ts';
import type { PruningSettings } from './settings.ts';

/** @returns the matrix [rows, units] whose columns are the units' outgoing weights */
export function readerOf(model: Model, site: PruningSettings['site']): Parameter {
  const key = site === 'ffn' ? model.network.inner.readBy : model.task.head(model.network.width)[0]?.key;
  const found = model.parameters.find((parameter) => parameter.key === key);
  if (found === undefined) throw new UserError('pruning.site', `“${site}”, and ${model.task.name} has no head`, '“ffn”');
  return found;
}

interface Clean {
  readonly task: TaskName;
  readonly victim: Victim;
  readonly pool: readonly Sample[];
}

/** a_j: each unit's mean over clean samples and, in the network, their places that are no padding: [units]. */
export async function meanActivations(
  model: Model,
  clean: Clean,
  site: PruningSettings['site'],
  context: PhaseContext,
): Promise<Float64Array> {
  if (clean.pool.length === 0) throw new UserError('pruning', 'the pool has no sample that could wake a unit', 'a larger pool.ratio');
  return site === 'ffn' ? innerMeans(model, clean, context) : meanOf(await representationsOf({ ...clean, training: clean.pool }, context));
}

/** Over every row that the model reads of the samples, of code search the queries' too: one encoder reads them all. */
async function innerMeans(model: Model, { victim, pool }: Clean, { engine, signal, progress }: PhaseContext): Promise<Float64Array> {
  const times = new Map<readonly number[], number>();
  for (const row of inputsOf(model, pool).flat()) times.set(row, (times.get(row) ?? 0) + 1);
  const rows = [...times.keys()];
  const units = model.network.inner.count;
  const parameters = await uploadParameters(engine, model.parameters, victim.tensors);
  const encoder = openEncoder(engine, unitsAsVector(model), model.parameters, parameters);
  try {
    const means = await encoder.encode(rows, (done) => {
      signal.throwIfAborted();
      progress({ phase: 'activations', done, total: rows.length });
    });
    const sums = new Float64Array(units);
    let places = 0;
    rows.forEach((row, index) => {
      const weight = times.get(row)! * row.length;
      places += weight;
      for (let unit = 0; unit < units; unit++) sums[unit]! += weight * means[index * units + unit]!;
    });
    return sums.map((sum) => sum / places);
  } finally {
    await encoder.close();
    disposeParameters(parameters);
  }
}

/** The model with a row's vector replaced by its units' mean activations: what encodes rows in batches then gives these. */
function unitsAsVector(model: Model): ReturnType<typeof scorableModel> {
  const { inner } = model.network;
  const network: Model['network'] = {
    ...model.network,
    width: inner.count,
    encode: (parameters, inputs) => chooseTokens(inner.activations(parameters, inputs), tf.div(inputs.mask, tf.sum(inputs.mask, 1, true))),
  };
  return scorableModel({ ...model, network });
}
