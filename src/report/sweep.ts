/** Sweeps: runs of EliBadCode that differ in one setting alone, each point beside what the paper has at it. */
import type { Reported } from '../core/contracts.ts';
import { groupBy } from '../core/group-by.ts';
import type { Slot, VictimSlots } from './slots.ts';
import { noAttack } from './vocabulary.ts';

export interface Sweep {
  /** The paper's figure, or `null`: it says in words alone what it found. */
  readonly exhibit: string | null;
  /** The setting, as runs spell it, and as `reported.csv` does. */
  readonly key: string;
  readonly paperKey: string;
  /** For an axis or a row: what is varied. */
  readonly title: string;
}

/** In the order of the paper's sections. */
export const sweeps = {
  position: { exhibit: 'figure-5', key: 'inversion.position.rank', paperKey: 'position', title: 'Place, 1 = least sensitive' },
  injectRate: {
    exhibit: 'figure-7',
    key: 'unlearning.injectRate',
    paperKey: 'injection_rate',
    title: 'Share of samples that get the trigger',
  },
  trainable: { exhibit: 'figure-8', key: 'unlearning.trainable', paperKey: 'parameters', title: 'Parameters that learn' },
  samples: { exhibit: 'figure-11', key: 'inversion.samples', paperKey: 'clean_samples', title: 'Clean samples of each label' },
  topK: { exhibit: 'figure-12', key: 'inversion.topK', paperKey: 'top_k', title: 'Substitutes a place, k' },
  repeat: { exhibit: 'figure-13', key: 'inversion.repeat', paperKey: 'repeat', title: 'Candidates an iteration, r' },
  iterations: { exhibit: null, key: 'inversion.iterations', paperKey: 'iterations', title: 'Iterations' },
} as const satisfies Readonly<Record<string, Sweep>>;

/** One value of the setting. */
export interface SweepPoint {
  readonly value: string;
  /** One a seed; none where only the paper has the value. */
  readonly slots: readonly Slot[];
  /** By metric. */
  readonly reported: Readonly<Record<string, Reported>>;
}

export interface SweptAttack {
  readonly attack: string;
  /** Ascending. */
  readonly points: readonly SweepPoint[];
}

/** By attack; only where runs have at least two values of the setting. */
export function sweptAttacks(victim: VictimSlots, sweep: Sweep, reported: readonly Reported[]): SweptAttack[] {
  const slots = victim.slots.filter(
    ({ defense, attack, filledBy }) => defense === 'elibadcode' && attack !== noAttack && filledBy !== null,
  );
  return [...groupBy(slots, ({ attack }) => attack)].flatMap(([attack, own]) => {
    const ours = groupBy(
      own.filter((slot) => valueOf(slot, sweep.key) !== null),
      (slot) => valueOf(slot, sweep.key)!,
    );
    if (ours.size < 2) return [];
    const theirs = publishedPoints(victim, attack, sweep, reported);
    const values = [...new Set([...ours.keys(), ...theirs.keys()])].sort((a, b) => Number(a) - Number(b));
    const points = values.map((value) => ({ value, slots: ours.get(value) ?? [], reported: theirs.get(value) ?? {} }));
    return [{ attack, points }];
  });
}

/** Where a run stands in a sweep; `null`: it differs from the experiment's first entry in something else, or where is not known. */
function valueOf({ setting, filledBy }: Slot, key: string): string | null {
  // The first entry, which has no `setting`, is part of every sweep.
  if (setting === '') return parseSetting(filledBy?.notes['settings'] ?? '').get(key) ?? null;
  const differing = parseSetting(setting);
  return differing.size === 1 ? (differing.get(key) ?? null) : null;
}

/** `key=value`, several joined by `;`. */
export function parseSetting(setting: string): ReadonlyMap<string, string> {
  const pairs = setting.split(';').map((pair) => pair.split('=') as [string, ...string[]]); // What is split has a first part.
  return new Map(pairs.map(([key, ...value]) => [key, value.join('=')]));
}

function publishedPoints(
  victim: VictimSlots,
  attack: string,
  { exhibit, paperKey }: Sweep,
  reported: readonly Reported[],
): ReadonlyMap<string, Readonly<Record<string, Reported>>> {
  const rows = reported.filter(
    (r) =>
      r.exhibit === exhibit &&
      r.model === victim.comparedWith &&
      r.task === victim.task &&
      r.attack === attack &&
      r.defense === 'elibadcode' &&
      parseSetting(r.setting).has(paperKey),
  );
  // `1.0` and `1` are one point.
  const valueOf = (row: Reported): string => {
    const value = parseSetting(row.setting).get(paperKey)!;
    return Number.isNaN(Number(value)) ? value : String(Number(value));
  };
  return new Map([...groupBy(rows, valueOf)].map(([value, same]) => [value, Object.fromEntries(same.map((row) => [row.metric, row]))]));
}
