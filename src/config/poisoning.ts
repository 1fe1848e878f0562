/** What an attack's entry says about who is poisoned, apart from the attack's own parameters, and what of it concerns a task. */
import { z } from 'zod';
import type { TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import { poisonSettings, type PoisonTask, poisonTasks } from '../poison/tasks/index.ts';
import type { AttackEntry } from './catalogues.ts';

export type Profile = z.infer<typeof profile>;
const profile = z.enum(['default', 'paper', 'code']);

const selection = z.enum(['exact', 'bernoulli']);

/** Keys of an attack's entry that are not the attack's parameters. */
export const attackKeys = z.strictObject({
  profile: profile.default('default').describe('whose settings fill what is left out'),
  poisonRate: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(null)
    .describe(
      'share poisoned: of the samples, of the functions of clone pairs, of the target queries of code search; left out: the task’s',
    ),
  selection: selection.optional().describe('exact count, or the authors’ independent draw of each'),
  ...poisonSettings.shape,
});

/** Settled but for the rate, which differs from task to task. */
export type AttackSettings = Omit<z.output<typeof attackKeys>, 'selection'> & { readonly selection: z.infer<typeof selection> };

/** attacks.md 0: the code draws each on its own, paper and default take an exact count. */
export function settleAttack(own: z.output<typeof attackKeys>): AttackSettings {
  return { ...own, selection: own.selection ?? (own.profile === 'code' ? 'bernoulli' : 'exact') };
}

/** What the stage that poisons a task's training list is told. */
export interface Poisoning {
  readonly rate: number;
  readonly selection: AttackSettings['selection'];
  /** Settings of the task's own rule: those of other tasks must not change a key. */
  readonly rule: Readonly<Record<string, Json>>;
}

export function poisoningOf(task: TaskName, settings: AttackSettings, own: AttackEntry['poisonRate']): Poisoning {
  const { defaultRate, settings: rule }: PoisonTask = poisonTasks[task];
  return {
    rate: settings.poisonRate ?? defaultRate ?? (settings.profile === 'code' ? own.code : own.paper),
    selection: settings.selection,
    rule: rule.parse(keep(settings, (key) => Object.hasOwn(rule.shape, key))),
  };
}

/** An attack's entry without the settings of other tasks' rules, which tell no cells of this task apart. */
export function entryFor(task: TaskName, { name, ...entry }: Entry): Entry {
  const { settings }: PoisonTask = poisonTasks[task];
  return { name, ...keep(entry, (key) => Object.hasOwn(settings.shape, key) || !Object.hasOwn(poisonSettings.shape, key)) };
}

/** The attack's own parameters, without its name and without who is poisoned: the test set does not depend on that. */
export function paramsOf(entry: Entry): Readonly<Record<string, Json>> {
  return keep(entry, (key) => key !== 'name' && !Object.hasOwn(attackKeys.shape, key));
}

type Entry = { readonly name: string; readonly [key: string]: Json };

function keep(from: Readonly<Record<string, Json>>, isKept: (key: string) => boolean): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => isKept(key)));
}
