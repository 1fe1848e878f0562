/** Unlearning: supervised training on the clean pool, a share of it carrying the trigger (method.md 8; P 4.5). */
import type { StageContext } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import { compactModel, fit, openModel, rowOf, type Parameter, type Victim } from '../../train/index.ts';
import type { DefenseInputs } from '../contracts.ts';
import { withoutTrigger, withTrigger, type TrainingSet, type Trigger } from './inject.ts';
import type { TuningSettings, UnlearningSettings } from './settings.ts';

type Inputs = Pick<DefenseInputs, 'task' | 'victim' | 'pool'>;
type Context = StageContext & { readonly engine: Engine };

/** Trains the trigger's effect away. */
export function unlearn(inputs: Inputs, trigger: Trigger, settings: UnlearningSettings, context: Context): Promise<Victim> {
  const data = withTrigger(inputs.pool, trigger, settings, context.rng.fork('injection'));
  return tune(inputs, data, settings.form === 'ids' ? trigger.ids : null, settings, context);
}

/** Generic fine-tuning: the same draws and steps without a trigger. */
export function fineTune(inputs: Inputs, settings: TuningSettings, context: Context): Promise<Victim> {
  return tune(inputs, withoutTrigger(inputs.pool), null, settings, context);
}

/** @param ids what the carrying words are spelled with, or `null`: as their text is tokenised */
async function tune(
  { task, victim }: Inputs,
  data: TrainingSet,
  ids: readonly number[] | null,
  settings: TuningSettings,
  context: Context,
): Promise<Victim> {
  const model = openModel(victim.model, task);
  const spelled = (index: number): ReadonlyMap<number, readonly number[]> =>
    new Map(ids === null ? [] : data.carrying[index]!.map((word) => [word, ids]));
  const rows = data.samples.map((sample, index) => rowOf(model, sample, spelled(index)));
  const compact = compactModel(model, rows);
  const { parameters } = compact.model;
  const { trained: tensors } = await fit<null>(
    context.engine,
    {
      model: compact.model,
      partition: {
        trained: parameters.filter((parameter) => isTrained(parameter, settings.trainable)),
        frozen: parameters.filter((parameter) => !isTrained(parameter, settings.trainable)),
      },
      tensors: compact.tensors(victim.tensors),
      data: { rows: compact.rows(rows), labels: data.labels, weights: data.weights },
      options: { ...settings, order: 'random' },
    },
    context,
    { start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map(), decode: () => null },
  );
  return { ...victim, tensors: compact.expand(victim.tensors, tensors) };
}

function isTrained({ key }: Parameter, trainable: TuningSettings['trainable']): boolean {
  if (trainable === 'all') return true;
  return key.startsWith(trainable === 'head' ? 'head.' : 'head.output.');
}
