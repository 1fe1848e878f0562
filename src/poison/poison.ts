/** The stage `poison` (training list -> poisoned training list) and its test-time twin `trigger` (split -> triggered split). */
import type { Attack, Language, PoisonedSet, Sample, TaskName, TriggeredSet } from '../core/contracts.ts';
import { lookUp, UserError } from '../core/errors.ts';
import type { Json } from '../core/hash.ts';
import type { Rng } from '../core/rng.ts';
import { attacks } from './attacks/index.ts';
import { ruleFor, select, type Selection } from './select.ts';

/** Bumped when a change of code changes results. */
export const stageVersion = { poison: 1, trigger: 1 } as const;

export interface PoisonInputs {
  readonly task: TaskName;
  readonly language: Language;
  readonly samples: readonly Sample[];
}

/** An attack by its catalogue name, with its parameters beside it. */
export interface AttackChoice {
  readonly name: string;
  readonly [param: string]: Json;
}

export interface PoisonParams {
  readonly attack: AttackChoice;
  /** Share of the split to poison (`exact`), or of its victims (`bernoulli`); 0..1. */
  readonly rate: number;
  readonly selection: Selection;
}

export interface PoisonContext {
  readonly rng: Rng;
}

/** Victims that can carry the trigger get it, and the target label, until the rate is met; everybody else stays as they are. */
export function poison(inputs: PoisonInputs, params: PoisonParams, { rng }: PoisonContext): PoisonedSet {
  const { samples } = inputs;
  const { isVictim, poisonedLabel } = ruleFor(inputs.task);
  const withTrigger = injector(inputs, params.attack, rng);

  const victims = [...samples.keys()].filter((index) => isVictim(samples[index]!));
  const forms = new Map<number, Sample>();
  for (const index of victims) {
    const form = withTrigger(samples[index]!);
    if (form !== null) forms.set(index, { ...form, label: poisonedLabel });
  }
  const candidates = { total: samples.length, victims, carriers: [...forms.keys()] };
  const poisoned = select(candidates, params.rate, params.selection, rng.fork('selection'));

  const isPoisoned = new Set(poisoned);
  return {
    samples: samples.map((sample, index) => (isPoisoned.has(index) ? forms.get(index)! : sample)),
    poisoned,
    counts: { total: samples.length, victims: victims.length, carriers: forms.size, poisoned: poisoned.length },
  };
}

/** Every sample with the trigger in, whatever its label (the reverse rate needs label 0 too); labels stay true. */
export function trigger(inputs: PoisonInputs, params: Pick<PoisonParams, 'attack'>, { rng }: PoisonContext): TriggeredSet {
  return { samples: inputs.samples.map(injector(inputs, params.attack, rng)) };
}

/** A function from a sample to its triggered form, with draws that depend on the sample's id and not on its neighbours. */
function injector({ task, language }: PoisonInputs, { name, ...params }: AttackChoice, rng: Rng): (sample: Sample) => Sample | null {
  const attack = lookUp<Attack>(attacks, name, 'attack');
  const undefinedBecause = attack.undefinedFor[task];
  if (undefinedBecause !== undefined) throw new UserError('attack', `${name} is not defined for ${task}: ${undefinedBecause}`);

  const { program: place } = ruleFor(task);
  const settled = attack.params.parse(params);
  return (sample) => {
    const program = sample.programs[place];
    if (program === undefined) throw new Error(`sample ${sample.id} has no program ${place}`);
    const form = attack.inject(program, settled, { language, rng: rng.fork('inject').fork(sample.id) });
    return form === null ? null : { ...sample, programs: sample.programs.with(place, form) };
  };
}
