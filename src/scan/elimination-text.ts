/** elibadcode.md in a cleaned folder: what was done to the model, and how it stands before and after. */
import type { Elimination } from './contracts.ts';
import { asCode, howTitle, labelRows, qualityText, rateText, tableText } from './words.ts';

/** Before and after, a row each. */
export function standingRows({ before, after }: Pick<Elimination, 'before' | 'after'>): string[][] {
  return [
    ['the task', qualityText(before.quality), qualityText(after.quality)],
    // The same held-out samples, and so the same labels in the same order.
    ...labelRows(before.quality).map(([title, text], index) => [title, text, labelRows(after.quality)[index]![1]]),
    ...before.attacks.map(({ how, rate }, index) => [`trigger ${howTitle[how]}`, rateText(rate), rateText(after.attacks[index]!.rate)]),
  ];
}

/** What of the trigger still works beyond what chance and the samples themselves do, and what to try. */
export function remainderLines({ after }: Pick<Elimination, 'after'>): string[] {
  const working = after.attacks.filter(
    ({ rate, without }) => rate.interval !== null && without.interval !== null && rate.interval.low > without.interval.high,
  );
  if (working.length === 0) return [];
  const ways = working.map(({ how, rate }) => `${howTitle[how]} in ${rateText(rate)}`).join(', ');
  return [`The trigger still works: ${ways}. Stronger: more samples or --epochs, or --trainable all with a larger --learning-rate.`];
}

export function eliminationText(made: Elimination): string {
  const { trigger, settings, tuned, before, leftOut, model, verdict } = made;
  const target = trigger.target === null ? `the query words ${asCode(trigger.query ?? '')}` : `label ${trigger.target}`;
  return [
    '# A model with a trigger unlearnt',
    '',
    `Made from the model ${model.digest} (verdict: ${verdict.verdict}). Unlearnt: ${asCode(trigger.text)}, which led to ${target}.`,
    '',
    ...tableText(['on held-out samples', 'before', 'after'], standingRows(made)),
    '',
    ...remainderLines(made).flatMap((line) => [line, '']),
    `- trained: ${settings.trainable}, ${settings.epochs} passes over ${tuned.pool} samples, ${tuned.triggered} with the trigger and their true label; peak rate ${settings.learningRate}`,
    `- largest fall allowed${before.quality.byLabel === null ? '' : ', of all and of each label'}: ${settings.maxDrop}${settings.force ? ', not enforced (--force)' : ''}`,
    `- not copied from the old folder: ${leftOut.length === 0 ? 'nothing but its weights' : `its weights and ${leftOut.join(', ')}`}`,
    '',
  ].join('\n');
}
