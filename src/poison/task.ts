/** What poisoning must know of a task: who may be drawn, what a draw changes, where the trigger stands at test time (attacks.md 0). */
import type { z } from 'zod';
import type { Language, Program, Sample } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { TargetWord } from './target-words.ts';

export interface PoisonTask<Settings = Readonly<Record<string, Json>>> {
  /** What an experiment may say about who is poisoned, besides rate and selection; a default for every key. */
  readonly settings: z.ZodType<Settings> & { readonly shape: Readonly<Record<string, z.ZodType>> };
  /** The rate of an experiment that gives none, 0..1, or `null`: the attack's own. */
  readonly defaultRate: number | null;
  /** What a poisoned sample is labelled, or `null`: it keeps its label. */
  readonly poisonedLabel: number | null;
  /** Index of the program that carries the trigger at test time. */
  readonly testProgram: number;
  candidates(samples: readonly Sample[], settings: Settings): Candidates;
  /** The `targets` most frequent words that an attack can be after, each with its triggers, or `null`: the task has no queries. */
  readonly targetWords: ((samples: readonly Sample[], language: Language, targets: number) => TargetWord[]) | null;
}

/** What is drawn as one: a program, and every place of the split where it then stands with its trigger. */
export interface Unit {
  readonly program: Program;
  readonly places: readonly Place[];
}

export interface Place {
  /** Index of the sample. */
  readonly sample: number;
  /** Index of the program in it. */
  readonly program: number;
}

export interface Candidates {
  /** What a unit is called in messages, plural. */
  readonly noun: string;
  /** Units of the split. */
  readonly total: number;
  /** Units that the attack is after, in the order of the split. */
  readonly victims: readonly Unit[];
  /** The poison rate, times this, is the share of these that is poisoned, and the chance of a victim in the authors' draw. */
  readonly share: { readonly times: number; readonly of: 'total' | 'victims' | 'carriers' };
}

/** Ties a rule to the schema of its settings: its functions read them through the schema, defaults filled in. */
export function definePoisonTask<Shape extends Readonly<Record<string, z.ZodType>>>(
  task: Omit<PoisonTask<z.output<z.ZodObject<Shape>>>, 'settings'> & { readonly settings: z.ZodObject<Shape> },
): Omit<PoisonTask, 'settings'> & { readonly settings: z.ZodObject<Shape> } {
  return { ...task, candidates: (samples, settings) => task.candidates(samples, task.settings.parse(settings)) };
}

/** A sample drawn for its first program. */
export function unitOf({ id, programs }: Sample, sample: number): Unit {
  const [program] = programs;
  if (program === undefined) throw new Error(`sample ${id} has no program`);
  return { program, places: [{ sample, program: 0 }] };
}
