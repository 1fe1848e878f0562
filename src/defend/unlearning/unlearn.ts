/** Unlearning: supervised training on the clean pool, a share of it carrying the trigger (method.md 8; P 4.5). */
import type { StageContext } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import { fit, openModel, rowsOf, scorableModel, type Parameter, type Victim } from '../../train/index.ts';
import type { DefenseInputs } from '../contracts.ts';
import { withoutTrigger, withTrigger, type TrainingSet, type Trigger } from './inject.ts';
import type { TuningSettings, UnlearningSettings } from './settings.ts';

type Inputs = Pick<DefenseInputs, 'task' | 'victim' | 'pool'>;
type Context = StageContext & { readonly engine: Engine };

/** Trains the trigger's effect away. */
export function unlearn(inputs: Inputs, trigger: Trigger, settings: UnlearningSettings, context: Context): Promise<Victim> {
  return tune(inputs, withTrigger(inputs.pool, trigger, settings, context.rng.fork('injection')), settings, context);
}

/** Generic fine-tuning: the same draws and steps without a trigger. */
export function fineTune(inputs: Inputs, settings: TuningSettings, context: Context): Promise<Victim> {
  return tune(inputs, withoutTrigger(inputs.pool), settings, context);
}

async function tune({ task, victim }: Inputs, data: TrainingSet, settings: TuningSettings, context: Context): Promise<Victim> {
  const model = openModel(victim.model, task);
  const trained = model.parameters.filter((parameter) => isTrained(parameter, settings.trainable));
  const { trained: tensors } = await fit<null>(
    context.engine,
    {
      model: scorableModel(model),
      partition: { trained, frozen: model.parameters.filter((parameter) => !trained.includes(parameter)) },
      tensors: victim.tensors,
      data: { rows: rowsOf(model, data.samples), labels: data.labels, weights: data.weights },
      options: { ...settings, order: 'random' },
    },
    context,
    { start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map(), decode: () => null },
  );
  return { ...victim, tensors: new Map([...victim.tensors, ...tensors]) };
}

function isTrained({ key }: Parameter, trainable: TuningSettings['trainable']): boolean {
  if (trainable === 'all') return true;
  return key.startsWith(trainable === 'head' ? 'head.' : 'head.output.');
}
