/** The pool with the inverted trigger in a share of its samples (method.md 8). */
import type { Program, Sample } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import type { DefendTask } from '../tasks/index.ts';
import type { TuningCounts } from '../../train/index.ts';
import type { TriggerTarget } from '../task.ts';
import type { InjectionSettings } from './settings.ts';

export interface Trigger {
  /** Put in place of an identifier; never empty. */
  readonly text: string;
  /** The same as sub-tokens, which the text may not give back (method.md 4, “stability of the text”). */
  readonly ids: readonly number[];
  /** Where it leads: samples that it would change are victims. */
  readonly target: TriggerTarget;
}

/** The words that carry a trigger: their program's place in the sample, and their indices among its tokens. */
export interface Carrier {
  readonly program: number;
  readonly words: readonly number[];
}

export interface TrainingSet {
  readonly samples: readonly Sample[];
  /** Of each sample: what carries the trigger; `null` for most. */
  readonly carrying: readonly (Carrier | null)[];
  readonly labels: readonly number[];
  /** Factor of each sample's loss. */
  readonly weights: readonly number[];
  readonly counts: TuningCounts;
}

export const withoutTrigger = (samples: readonly Sample[]): TrainingSet => ({
  samples,
  carrying: samples.map(() => null),
  labels: samples.map(({ label }) => label),
  weights: samples.map(() => 1),
  counts: { pool: samples.length, victims: 0, carriers: 0, triggered: 0 },
});

/**
 * `true-label`: a share of the samples carries the trigger and keeps its label. `ascent` (eq. 4): the pool stays as it is, and the
 * share's triggered copies push the loss of the target label up.
 */
export function withTrigger(
  pool: readonly Sample[],
  trigger: Trigger,
  settings: InjectionSettings,
  task: Pick<DefendTask, 'isVictim'>,
  rng: Rng,
): TrainingSet {
  const { triggered, counts } = triggeredSamples(pool, trigger, settings, task, rng);
  const carrier = (sample: Sample): Carrier | null => triggered.get(sample)?.carrier ?? null;
  if (settings.objective === 'true-label') {
    return { ...withoutTrigger(pool.map((sample) => triggered.get(sample)?.sample ?? sample)), carrying: pool.map(carrier), counts };
  }
  const { label } = trigger.target;
  if (label === null) {
    throw new UserError('unlearning.objective', 'ascent pushes up the loss of a label, and the trigger leads to none', 'true-label');
  }
  const copies = [...triggered.values()];
  // E[L(clean)] − E[L(triggered, y*)]: two means, so a copy weighs as much more as there are fewer of them. Training divides by
  // the sum of the weights' sizes, which halves the objective; the optimiser's steps do not depend on its scale.
  const weight = -pool.length / Math.max(1, copies.length);
  return {
    samples: [...pool, ...copies.map(({ sample }) => sample)],
    carrying: [...pool.map(() => null), ...copies.map((copy) => copy.carrier)],
    labels: [...pool.map((sample) => sample.label), ...copies.map(() => label)],
    weights: [...pool.map(() => 1), ...copies.map(() => weight)],
    counts,
  };
}

/** Which samples get the trigger -> what they become, in the pool's order; and how many there were to choose from. */
function triggeredSamples(
  pool: readonly Sample[],
  { text, target }: Trigger,
  { injectRate, injectInto, selection, place }: InjectionSettings,
  { isVictim }: Pick<DefendTask, 'isVictim'>,
  rng: Rng,
): { readonly triggered: Map<Sample, Injected>; readonly counts: TuningCounts } {
  if (text === '') throw new UserError('unlearning', 'the inverted trigger is empty', 'inversion.anchor.onEmpty: "whole"');
  const candidates = pool.filter((sample) => injectInto === 'all' || isVictim(sample, target));
  // One draw a candidate, whether it can carry the trigger or not, as the authors do.
  const drawn = new Set(selection === 'bernoulli' ? candidates.filter(() => rng.uniform() < injectRate) : candidates);
  const carriers = new Map<Sample, Injected>();
  for (const sample of candidates) {
    const form = drawn.has(sample) ? injectTrigger(sample, text, place, rng.fork(sample.id)) : null;
    if (form !== null) carriers.set(sample, form);
  }
  const count = selection === 'bernoulli' ? carriers.size : Math.round(injectRate * candidates.length);
  // Without a triggered sample unlearning is generic fine-tuning under another name.
  if (count === 0 && injectRate > 0) {
    throw new UserError(
      'unlearning.injectRate',
      `${injectRate} of ${candidates.length} samples of ${pool.length} puts the trigger into none`,
      'a larger rate or pool, or the defence “fine-tuning”',
    );
  }
  const counted = (triggered: Map<Sample, Injected>) => ({
    triggered,
    counts: { pool: pool.length, victims: candidates.length, carriers: carriers.size, triggered: triggered.size },
  });
  if (selection === 'bernoulli') return counted(carriers);
  if (carriers.size < count) {
    throw new UserError(
      'unlearning.injectRate',
      `${injectRate} of ${candidates.length} samples asks for ${count}, ${carriers.size} can carry the trigger`,
      `a rate of at most ${Math.floor((carriers.size / candidates.length) * 1e4) / 1e4}`,
    );
  }
  const chosen = new Set(rng.sample([...carriers.keys()], count));
  return counted(new Map([...carriers].filter(([sample]) => chosen.has(sample))));
}

export interface Injected {
  readonly sample: Sample;
  readonly carrier: Carrier;
}

/** The sample with `text` in place of the function's name, or of one identifier drawn at random; `null` if it has none. */
export function injectTrigger(sample: Sample, text: string, place: InjectionSettings['place'], rng: Rng): Injected | null {
  // A pair carries the trigger in one of its two programs.
  const which = sample.programs.length === 1 ? 0 : rng.integer(sample.programs.length);
  const program = sample.programs[which]!;
  const name = nameIn(program, place, rng);
  if (name === null) return null;
  const renamed = { ...program, tokens: program.tokens.map((token) => (token === name ? text : token)) };
  const words = program.tokens.flatMap((token, word) => (token === name ? [word] : []));
  return { sample: { ...sample, programs: sample.programs.with(which, renamed) }, carrier: { program: which, words } };
}

/** The identifier to replace, or `null` when none occurs among the tokens. */
function nameIn(program: Program, place: InjectionSettings['place'], rng: Rng): string | null {
  const present = new Set(program.tokens);
  const names = [...new Set(program.variables)].filter((name) => present.has(name));
  const name = place === 'function-name' ? program.functionName : names.length === 0 ? null : rng.pick(names);
  return name !== null && present.has(name) ? name : null;
}
