/** EliBadCode without one of its parts: which runs those are, and what the paper calls them. */
import { groupBy } from '../core/group-by.ts';
import type { Slot } from './slots.ts';
import { titleOf } from './vocabulary.ts';

/** By what tells their runs from the experiment's first entry; in the order of Table 5, EliBadCode itself last. */
const parts: Readonly<Record<string, string>> = {
  'inversion.vocabulary.rule=all': 'elibadcode-without-vocabulary',
  'inversion.position.choose=random': 'elibadcode-without-position',
  'inversion.anchor.enabled=false': 'elibadcode-without-anchoring',
  '': 'elibadcode',
};

export interface Ablation {
  readonly attack: string;
  /** As `reported.csv` names it. */
  readonly defense: string;
  readonly title: string;
  /** One a seed. */
  readonly slots: readonly Slot[];
}

/** EliBadCode and what of it was run without a part, by attack; none where nothing was. */
export function ablationsOf(slots: readonly Slot[]): Ablation[] {
  const order = Object.keys(parts);
  const known = slots.filter(({ defense, setting, filledBy }) => defense === 'elibadcode' && order.includes(setting) && filledBy !== null);
  return [...groupBy(known, ({ attack }) => attack)].flatMap(([attack, own]) => {
    const bySetting = groupBy(own, ({ setting }) => setting);
    if (!order.some((setting) => setting !== '' && bySetting.has(setting))) return [];
    return order
      .filter((setting) => bySetting.has(setting))
      .map((setting) => ({ attack, defense: parts[setting]!, title: titleOf(parts[setting]!), slots: bySetting.get(setting)! }));
  });
}

/** The inverted triggers, seed by seed: the paper prints none. */
export function triggersOf(slots: readonly Slot[]): string {
  const triggers = [...slots].sort((a, b) => a.seed - b.seed).flatMap(({ filledBy }) => filledBy?.notes['trigger'] ?? []);
  return [...new Set(triggers)].join(' · ');
}
