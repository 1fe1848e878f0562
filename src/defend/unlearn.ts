/** Unlearning: supervised training on the clean pool, a share of it carrying the trigger (method.md 8; P 4.5). */
import type { Program, Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import type { StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import { fit, openModel, rowsOf, scorableModel, type Parameter, type Victim } from '../train/index.ts';
import type { DefenseInputs } from './contracts.ts';
import type { UnlearningSettings } from './elibadcode/settings.ts';

export interface Trigger {
  /** Put in place of an identifier; never empty. */
  readonly text: string;
  /** Label the trigger leads to; the others are victims. */
  readonly target: number;
}

/** @param trigger `null`: generic fine-tuning, the same draws and steps without a trigger */
export async function unlearn(
  { task, victim, pool, trigger }: Pick<DefenseInputs, 'task' | 'victim' | 'pool'> & { readonly trigger: Trigger | null },
  settings: UnlearningSettings,
  context: StageContext & { readonly engine: Engine },
): Promise<Victim> {
  const model = openModel(victim.model, task);
  const data = trigger === null ? plain(pool) : withTrigger(pool, trigger, settings, context.rng.fork('injection'));
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

function isTrained({ key }: Parameter, trainable: UnlearningSettings['trainable']): boolean {
  if (trainable === 'all') return true;
  return key.startsWith(trainable === 'head' ? 'head.' : 'head.output.');
}

interface TrainingSet {
  readonly samples: readonly Sample[];
  readonly labels: readonly number[];
  /** Factor of each sample's loss. */
  readonly weights: readonly number[];
}

const plain = (samples: readonly Sample[]): TrainingSet => ({
  samples,
  labels: samples.map(({ label }) => label),
  weights: samples.map(() => 1),
});

/**
 * `true-label`: an exact share of the victims carries the trigger and keeps its label. `ascent` (eq. 4): the pool stays as it
 * is, and the share's triggered copies push the loss of the target label up.
 */
function withTrigger(
  pool: readonly Sample[],
  trigger: Trigger,
  { objective, injectRate, place }: UnlearningSettings,
  rng: Rng,
): TrainingSet {
  if (trigger.text === '') throw new UserError('unlearning', 'the inverted trigger is empty', 'inversion.anchor.onEmpty: "whole"');
  const victims = pool.filter(({ label }) => label !== trigger.target);
  const carriers = victims.flatMap((sample) => {
    const triggered = inject(sample, trigger.text, place, rng.fork(sample.id));
    return triggered === null ? [] : [{ sample, triggered }];
  });
  const count = Math.round(injectRate * victims.length);
  if (carriers.length < count) {
    throw new UserError(
      'unlearning.injectRate',
      `${count} of ${victims.length} victims asked for, ${carriers.length} can carry the trigger`,
      'a lower rate',
    );
  }
  const chosen = new Map(rng.sample(carriers, count).map(({ sample, triggered }) => [sample.id, triggered]));
  if (objective === 'true-label') return plain(pool.map((sample) => chosen.get(sample.id) ?? sample));
  const copies = [...chosen.values()];
  // E[L(clean)] − E[L(triggered, y*)]: two means, so a copy weighs as much more as there are fewer of them.
  const weight = -pool.length / Math.max(1, copies.length);
  return {
    samples: [...pool, ...copies],
    labels: [...pool.map(({ label }) => label), ...copies.map(() => trigger.target)],
    weights: [...pool.map(() => 1), ...copies.map(() => weight)],
  };
}

/** The sample with `text` in place of the function's name, or of one identifier drawn at random; `null` if it has none. */
function inject(sample: Sample, text: string, place: UnlearningSettings['place'], rng: Rng): Sample | null {
  const which = sample.programs.length === 1 ? 0 : rng.integer(sample.programs.length);
  const programs = sample.programs.map((program, index) => (index === which ? renamed(program, text, place, rng) : program));
  return programs.every((program) => program !== null) ? { ...sample, programs } : null;
}

function renamed(program: Program, text: string, place: UnlearningSettings['place'], rng: Rng): Program | null {
  const names = [...new Set(program.variables)].filter((name) => program.tokens.includes(name));
  const name = place === 'function-name' ? program.functionName : names.length === 0 ? null : rng.pick(names);
  if (name === null || !program.tokens.includes(name)) return null;
  return { ...program, tokens: program.tokens.map((token) => (token === name ? text : token)) };
}
