/** Fine-pruning (defenses.md 3): prune what clean samples leave dormant, then fine-tune on them with the pruned weights held at 0. */
import { UserError } from '../../core/errors.ts';
import { inputsOf, openModel, openPredictor, scorableModel, type Model, type Parameter, type Victim } from '../../train/index.ts';
import type { PhaseContext, Provided } from '../contracts.ts';
import type { Settled, TuningSettings } from '../unlearning/settings.ts';
import { fineTune } from '../unlearning/unlearn.ts';
import { dormantFirst, holdingOut, unitsToPrune, withoutUnits } from './prune.ts';
import type { PruningSettings } from './settings.ts';
import { meanActivations, readerOf } from './site.ts';

type Inputs = Provided<'victim' | 'pool' | 'validation'>;

export interface Settings {
  readonly pruning: PruningSettings;
  readonly unlearning: Settled<TuningSettings>;
}

export async function prunedAndTuned(inputs: Inputs, { pruning, unlearning }: Settings, context: PhaseContext): Promise<Victim> {
  const { victim, task } = inputs;
  const model = openModel(victim.model, task);
  const reader = readerOf(model, pruning.site);
  const order = dormantFirst(await meanActivations(model, inputs, pruning.site, context));
  const count = await countToPrune(model, reader, order, inputs, pruning, context);
  const units = order.slice(0, count);
  const pruned: Victim = { ...victim, tensors: withoutUnits(victim.tensors, reader, units), pruned: { units: count, of: order.length } };
  return fineTune({ ...inputs, victim: pruned }, unlearning, context, (trained) => holdingOut(trained, reader, units));
}

async function countToPrune(
  model: Model,
  reader: Parameter,
  order: readonly number[],
  { victim, validation }: Inputs,
  pruning: PruningSettings,
  { engine, signal, progress }: PhaseContext,
): Promise<number> {
  if (validation.length === 0) throw new UserError('pruning', 'the validation split is empty', 'a corpus with validation samples');
  const samples = inputsOf(model, validation);
  const labels = validation.map(({ label }) => label);
  const predictor = await openPredictor(engine, scorableModel(model), victim.tensors);
  try {
    return await unitsToPrune(order.length, pruning, async (count) => {
      signal.throwIfAborted();
      if (count > 0) await predictor.replace(reader, withoutUnits(victim.tensors, reader, order.slice(0, count)));
      // At p > 0.5, by which the repaired model will be measured.
      const metric = model.task.score(await predictor.predict(samples, labels), labels, 'half');
      progress({ phase: 'pruning', done: count, total: order.length, detail: { [model.task.validMetric]: metric } });
      return metric;
    });
  } finally {
    await predictor.close();
  }
}
