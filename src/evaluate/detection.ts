/**
 * What a defence that singles samples or inputs out gets right: recall, false positive rate, precision and F1 of "poisoned", and the area
 * under its scores' ROC curve; of inputs besides, the share of the trigger's words that it took away, and of the others.
 */
import type { Measurement } from '../core/contracts.ts';
import { auc } from '../core/statistics.ts';
import type { SingledOut, SingledOutInputs, SuspectInput, Word } from './contracts.ts';
import { noAttack, quantity, share, unmeasured } from './measurement.ts';

/** What is measured of every defence that singles out, under the names it is stored by. */
export const detectionMetrics: readonly { readonly name: string; readonly cite: string }[] = [
  { name: 'detection-recall', cite: 'of poisoned samples or triggered inputs; Hussain et al., OSEQL; KillBadCode' },
  { name: 'detection-fpr', cite: 'of clean ones; KillBadCode' },
  { name: 'detection-precision', cite: 'OSEQL' },
  { name: 'detection-f1', cite: 'OSEQL' },
  { name: 'detection-auc', cite: 'ours: no threshold' },
  { name: 'trigger-words-removed', cite: 'ours; of inputs' },
  { name: 'clean-words-removed', cite: 'ours; of inputs' },
];

interface Suspect {
  readonly isPoisoned: boolean;
  readonly isFlagged: boolean;
  readonly score: number | null;
}

export function detection(found: SingledOut): Measurement[] {
  if (found.kind === 'inputs') return [...rates(suspectsOf(found)), ...words(found)];
  const [removed, poisoned] = [new Set(found.removed), new Set(found.poisoned)];
  return rates(found.scores.map((score, index) => ({ isPoisoned: poisoned.has(index), isFlagged: removed.has(index), score })));
}

/** Clean inputs, and triggered ones of samples that carry the trigger. */
function suspectsOf({ clean, triggered, triggerWords }: SingledOutInputs): Suspect[] {
  const asSuspect = (isPoisoned: boolean) => (input: SuspectInput | null) =>
    input === null ? [] : [{ isPoisoned, isFlagged: input.changes.length > 0, score: input.score }];
  const carrying = (triggered ?? []).filter((_, index) => triggerWords[index]!.length > 0);
  return [...clean.flatMap(asSuspect(false)), ...carrying.flatMap(asSuspect(true))];
}

function rates(suspects: readonly Suspect[]): Measurement[] {
  const count = (isPoisoned: boolean, isFlagged: boolean): number =>
    suspects.filter((suspect) => suspect.isPoisoned === isPoisoned && suspect.isFlagged === isFlagged).length;
  const [tp, fn, fp, tn] = [count(true, true), count(true, false), count(false, true), count(false, false)];
  const f1 = share('detection-f1', '', 2 * tp, 2 * tp + fp + fn, 'nothing is poisoned, and nothing was singled out');
  return [
    share('detection-recall', '', tp, tp + fn, noAttack),
    share('detection-fpr', '', fp, fp + tn, 'nothing is clean'),
    share('detection-precision', '', tp, tp + fp, 'nothing was singled out'),
    tp + fn === 0 ? unmeasured('detection-f1', '', noAttack) : f1,
    area(suspects),
  ];
}

function area(suspects: readonly Suspect[]): Measurement {
  const scoresOf = (isPoisoned: boolean): (number | null)[] =>
    suspects.filter((suspect) => suspect.isPoisoned === isPoisoned).map(({ score }) => score);
  const [poisoned, clean] = [scoresOf(true), scoresOf(false)];
  if (poisoned.length === 0) return unmeasured('detection-auc', '', noAttack);
  const present = (scores: readonly (number | null)[]): number[] => scores.filter((score) => score !== null);
  const [high, low] = [present(poisoned), present(clean)];
  if (high.length < poisoned.length || low.length < clean.length || low.length === 0)
    return unmeasured('detection-auc', '', 'not every sample has a score');
  return quantity('detection-auc', '', auc(high, low));
}

function words({ clean, triggered, triggerWords }: SingledOutInputs): Measurement[] {
  const nameOf = ({ program, word }: Word): string => `${program}:${word}`;
  const outcomes = (triggered ?? []).flatMap((input, index) => {
    const changed = new Set((input?.changes ?? []).map(nameOf));
    return triggerWords[index]!.map((word) => changed.has(nameOf(word)));
  });
  const taken = outcomes.filter(Boolean).length;
  const changes = clean.flatMap((input) => (input === null ? [] : [input.changes.length]));
  return [
    share('trigger-words-removed', '', taken, outcomes.length, noAttack),
    changes.length === 0
      ? unmeasured('clean-words-removed', 'an-input', 'nothing is clean')
      : quantity('clean-words-removed', 'an-input', changes.reduce((sum, count) => sum + count, 0) / changes.length),
  ];
}
