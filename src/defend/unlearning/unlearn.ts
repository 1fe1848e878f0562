/** Unlearning: supervised training on the clean pool, a share of it carrying the trigger (method.md 8; P 4.5). */
import type { Sample } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import {
  compactModel,
  fit,
  inputsOf,
  openModel,
  rowOf,
  type Model,
  type ModelInput,
  type Parameter,
  type ScorableModel,
  type Victim,
} from '../../train/index.ts';
import type { DefenseInputs, Inversion, PhaseContext as Context } from '../contracts.ts';
import { defendTasks } from '../tasks/index.ts';
import { withoutTrigger, withTrigger, type Carrier, type TrainingSet, type Trigger } from './inject.ts';
import type { Settled, TuningSettings, UnlearningSettings } from './settings.ts';

type Inputs = Pick<DefenseInputs, 'task' | 'victim' | 'pool'>;

/** Trains the trigger's effect away. */
export function unlearn(inputs: Inputs, trigger: Trigger, settings: Settled<UnlearningSettings>, context: Context): Promise<Victim> {
  const data = withTrigger(inputs.pool, trigger, settings, defendTasks[inputs.task], context.rng.fork('injection'));
  return tune(inputs, data, settings.form === 'ids' ? trigger.ids : null, settings, context);
}

/** Trains the chosen option's trigger away. @param inversion never `null`: a defence that unlearns inverts first */
export function unlearnInverted(
  inputs: Inputs,
  inversion: Inversion | null,
  settings: Settled<UnlearningSettings>,
  context: Context,
): Promise<Victim> {
  if (inversion === null) throw new UserError('unlearning', 'it was given no inversion', 'run the inversion first');
  const { anchored, target, query } = inversion.options[inversion.chosen]!;
  const leadsTo = { label: target, query: query === null ? null : [query.text, ...query.pieces] };
  return unlearn(inputs, { text: anchored.text, ids: anchored.ids, target: leadsTo }, settings, context);
}

/**
 * Generic fine-tuning: the same draws and steps without a trigger.
 * @param constrain what is trained in the model's place: the same parameters, in a pass that keeps some of their values as they are
 */
export function fineTune(inputs: Inputs, settings: Settled<TuningSettings>, context: Context, constrain?: Constrain): Promise<Victim> {
  return tune(inputs, withoutTrigger(inputs.pool), null, settings, context, constrain);
}

type Constrain = (model: ScorableModel) => ScorableModel;

/** @param ids what the carrying words are spelled with, or `null`: as their text is tokenised */
async function tune(
  { task, victim }: Inputs,
  data: TrainingSet,
  ids: readonly number[] | null,
  settings: Settled<TuningSettings>,
  context: Context,
  constrain: Constrain = (model) => model,
): Promise<Victim> {
  const model = openModel(victim.model, task);
  const inputs = inputsOf(model, data.samples).map((input, index) => {
    const carrier = data.carrying[index] ?? null;
    return ids === null || carrier === null ? input : spell(model, input, data.samples[index]!, carrier, ids);
  });
  const compact = compactModel(model, inputs);
  const { parameters } = compact.model;
  // A task without a head has nothing else to train than the encoder (method.md 8).
  const hasHead = model.task.head(model.network.width).length > 0;
  const trains = (parameter: Parameter): boolean => !hasHead || isTrained(parameter, settings.trainable);
  const { trained: tensors } = await fit<null>(
    context.engine,
    {
      model: constrain(compact.model),
      partition: {
        trained: parameters.filter(trains),
        frozen: parameters.filter((parameter) => !trains(parameter)),
      },
      tensors: compact.tensors(victim.tensors),
      data: { inputs: compact.inputs(inputs), labels: data.labels, weights: data.weights },
      options: { ...settings, order: 'random' },
    },
    context,
    { start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map(), decode: () => null },
  );
  return { ...victim, tuned: data.counts, tensors: compact.expand(victim.tensors, tensors) };
}

/** The input with the carrying words spelled by the very ids. */
function spell(model: Model, input: ModelInput, sample: Sample, { program, words }: Carrier, ids: readonly number[]): ModelInput {
  const spelled = new Map(words.map((word) => [word, ids]));
  return input.with(program, rowOf(model, model.task.words(sample)[program]!, program, spelled));
}

function isTrained({ key }: Parameter, trainable: TuningSettings['trainable']): boolean {
  if (trainable === 'all') return true;
  return key.startsWith(trainable === 'head' ? 'head.' : 'head.output.');
}
