/** The stage `poison` (training list -> poisoned training list) and its test-time twin `trigger` (split -> triggered split). */
import type { Attack, Language, PoisonedSet, Program, Sample, TaskName } from '../core/contracts.ts';
import { lookUp, UserError } from '../core/errors.ts';
import type { Json } from '../core/hash.ts';
import { programKey } from '../core/program-key.ts';
import type { Rng } from '../core/rng.ts';
import { attacks } from './attacks/index.ts';
import { select, type Selection } from './select.ts';
import type { PoisonTask } from './task.ts';
import { poisonTasks } from './tasks/index.ts';

/** Bumped when a change of code changes results. */
export const stageVersion = { poison: 2, trigger: 2 } as const;

export interface PoisonInputs {
  readonly task: TaskName;
  readonly language: Language;
  readonly samples: readonly Sample[];
  /** What was crafted for programs, under their keys, or `null` for an attack that asks for nothing. */
  readonly materials: Readonly<Record<string, Json>> | null;
}

/** An attack by its catalogue name, with its parameters beside it. */
export interface AttackChoice {
  readonly name: string;
  readonly [param: string]: Json;
}

export interface PoisonParams {
  readonly attack: AttackChoice;
  /** Of what it is a share, 0..1, is the task's business. */
  readonly rate: number;
  readonly selection: Selection;
  /** Settings of the task's own rule of who is poisoned. */
  readonly rule: Readonly<Record<string, Json>>;
}

export interface PoisonContext {
  readonly rng: Rng;
}

/** A split with the trigger in wherever it can be carried, and what became of each distinct program in its place. */
export interface Triggered {
  /** Aligned with the split; labels stay true. */
  readonly samples: readonly (Sample | null)[];
  readonly forms: ReadonlyMap<Program, Program | null>;
}

/** Units that can carry the trigger get it, and their samples the poisoned label, until the rate is met; all else stays as it is. */
export function poison(inputs: PoisonInputs, params: PoisonParams, { rng }: PoisonContext): PoisonedSet {
  const { samples } = inputs;
  const task: PoisonTask = poisonTasks[inputs.task];
  const { formOf } = injector(inputs, params.attack, rng);
  const candidates = task.candidates(samples, params.rule);
  const carriers = candidates.victims.filter(({ program }) => formOf(program) !== null);
  const units = select(candidates, carriers, params.rate, params.selection, rng.fork('selection'));

  const changed = new Map<number, Sample>();
  for (const { program, places } of units) {
    for (const place of places) {
      const sample = changed.get(place.sample) ?? samples[place.sample]!;
      const programs = sample.programs.with(place.program, formOf(program)!);
      changed.set(place.sample, { ...sample, programs, label: task.poisonedLabel ?? sample.label });
    }
  }
  return {
    samples: samples.map((sample, index) => changed.get(index) ?? sample),
    poisoned: [...changed.keys()].sort((a, b) => a - b),
    counts: {
      total: candidates.total,
      victims: candidates.victims.length,
      carriers: carriers.length,
      poisoned: units.length,
      samples: changed.size,
      relabelled: [...changed].filter(([index, { label }]) => label !== samples[index]!.label).length,
    },
  };
}

/** Every sample with the trigger in, whatever its label (the reverse rate needs label 0 too). */
export function trigger(inputs: PoisonInputs, params: Pick<PoisonParams, 'attack'>, { rng }: PoisonContext): Triggered {
  const { testProgram } = poisonTasks[inputs.task];
  const { formOf, forms } = injector(inputs, params.attack, rng);
  const samples = inputs.samples.map((sample) => {
    const form = formOf(programAt(sample, testProgram));
    return form === null ? null : { ...sample, programs: sample.programs.with(testProgram, form) };
  });
  return { samples, forms };
}

/** Distinct programs that may be triggered, in train as the task's rule says and in test: what material is crafted for. */
export function hostsOf(
  task: TaskName,
  { train, test }: { readonly train: readonly Sample[]; readonly test: readonly Sample[] },
  rule: PoisonParams['rule'],
): Program[] {
  const poisoned: PoisonTask = poisonTasks[task];
  const victims = poisoned.candidates(train, rule).victims.map(({ program }) => program);
  return [...new Set([...victims, ...test.map((sample) => programAt(sample, poisoned.testProgram))])];
}

/**
 * The triggered form of a program, one object for one `Program`. Draws depend on the program's content alone: neither neighbours nor
 * order matter, and equal functions get equal triggers.
 */
function injector(
  { task, language, materials }: PoisonInputs,
  { name, ...params }: AttackChoice,
  rng: Rng,
): { readonly formOf: (program: Program) => Program | null; readonly forms: ReadonlyMap<Program, Program | null> } {
  const attack = lookUp<Attack>(attacks, name, 'attack');
  const undefinedBecause = attack.undefinedFor[task];
  if (undefinedBecause !== undefined) throw new UserError('attack', `${name} is not defined for ${task}: ${undefinedBecause}`);

  const settled = attack.params.parse(params);
  const draws = rng.fork('inject');
  const forms = new Map<Program, Program | null>();
  const formOf = (program: Program): Program | null => {
    const known = forms.get(program);
    if (known !== undefined) return known;
    const key = programKey(program);
    const form = attack.inject(program, settled, { language, rng: draws.fork(key), material: materials?.[key] ?? null });
    forms.set(program, form);
    return form;
  };
  return { formOf, forms };
}

function programAt({ id, programs }: Sample, index: number): Program {
  const program = programs[index];
  if (program === undefined) throw new Error(`sample ${id} has no program ${index}`);
  return program;
}
