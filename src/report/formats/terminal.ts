/** The short text of the terminal: for each victim a line an attack and defence, and a verdict for each model. */
import { cellOf } from '../cells.ts';
import { type ReportInput, published, victimTitle } from '../grid.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Slot, VictimSlots } from '../slots.ts';
import { noAttack, type Quantity, quantities, tasks, titleOf } from '../vocabulary.ts';
import { formatReported, formatValue, shortReason } from './numbers.ts';
import { heading, withoutRepeats } from './words.ts';

const exhibits = ['table-1', 'table-2', 'table-3', 'table-4'] as const;
const controls: readonly Quantity[] = [
  { ...quantities.floor, title: 'floor' },
  { ...quantities.aboveFloor, title: '− floor', unit: 'rate' },
  { ...quantities.reverse, title: 'reverse' },
];

export function terminalTextOf({ victims, reported }: ReportInput): string {
  return victims.map((victim) => blockOf(victim, reported)).join('\n\n');
}

function blockOf(victim: VictimSlots, reported: ReportInput['reported']): string {
  // Variants stand in the files; here the defaults.
  const slots = victim.slots.filter((slot) => slot.setting === '');
  const { clean, attack } = tasks[victim.task];
  const columns = [clean, attack, ...controls];
  const isBeside = (quantity: Quantity): boolean => victim.comparedWith !== null && quantity.paperSetting !== null;

  const head = columns.flatMap((quantity) => [
    heading(quantity.title, { ...quantity, direction: 'neither' }),
    ...(isBeside(quantity) ? ['paper'] : []),
  ]);
  const groups = [...groupBy(slots, (slot) => JSON.stringify([slot.attack, slot.defense])).values()];
  const seeds = new Set(slots.map((slot) => slot.seed)).size;
  const rows = groups.map((own) => [
    ...columns.flatMap((quantity) => {
      const cell = cellOf(own, quantity, published(reported, exhibits, own[0]!, quantity));
      // A clean model has no triggered samples: nothing is missing there.
      const isApart = own[0]!.attack === noAttack && quantity !== clean;
      const text = cell.value === null ? (isApart ? '' : shortReason(cell.missingBecause!).label) : formatValue(cell.value, cell.unit);
      return [text, ...(isBeside(quantity) ? [formatReported(cell.reported)] : [])];
    }),
    seedCount(own, clean, seeds),
  ]);
  const labels = withoutRepeats(groups.map(([first]) => [titleOf(first!.attack), titleOf(first!.defense)]));
  return [
    victimTitle(victim),
    `experiment ${victim.experiment}, ${seeds === 1 ? '1 seed' : `means over ${seeds} seeds`}`,
    '',
    ...aligned([['Attack', 'Defence', ...head, 'seeds'], ...rows.map((row, at) => [...labels[at]!, ...row])], 2),
    ...verdictLines(slots),
  ].join('\n');
}

/** `3`, or `2 of 3`. */
function seedCount(slots: readonly Slot[], quantity: Quantity, planned: number): string {
  const measured = cellOf(slots, quantity, null).seeds.length;
  return measured === planned ? String(measured) : `${measured} of ${planned}`;
}

function verdictLines(slots: readonly Slot[]): string[] {
  const judged = slots.filter((slot) => slot.filledBy?.notes['verdict'] !== undefined);
  if (judged.length === 0) return [];
  const rows = judged.map((slot) => {
    const { verdict, targetLabel, trigger, verdictWhy } = slot.filledBy!.notes;
    const truth = slot.attack === noAttack ? 'clean' : 'backdoored';
    const found = verdict === 'backdoored' ? [`target label ${targetLabel ?? '?'}`, `trigger “${trigger ?? '?'}”`] : [];
    const mark = verdict === truth ? 'right' : verdict === 'undecidable' ? '' : 'wrong';
    return [
      `${titleOf(slot.attack)}, seed ${slot.seed}`,
      verdict!,
      mark,
      [...found, ...(verdictWhy === undefined ? [] : [verdictWhy])].join(', '),
    ];
  });
  return ['', 'Verdicts on the models', ...aligned(rows, 4)];
}

/** Columns padded to their widest entry; the first `left` of them flush left, the others flush right. */
function aligned(rows: readonly (readonly string[])[], left: number): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => {
    const fields = row.map((text, column) => (column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)));
    return `  ${fields.join('  ')}`.trimEnd();
  });
}
