/** The short text of the terminal: for each task of a victim a line an attack and defence, and a verdict for each model. */
import { cellOf } from '../cells.ts';
import { familyTitle, type ReportInput, published } from '../grid.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Family, Slot, VictimSlots } from '../slots.ts';
import { noAttack, paperComparisons, type Quantity, tasks, titleOf } from '../vocabulary.ts';
import { formatReported, formatValue, shortReason } from './numbers.ts';
import { heading, withoutRepeats } from './words.ts';

const exhibits = [...paperComparisons, 'table-2', 'table-3', 'table-4'];

export function terminalTextOf({ families, reported }: ReportInput): string {
  return families.map((family) => blockOf(family, reported)).join('\n\n');
}

function blockOf(family: Family, reported: ReportInput['reported']): string {
  // Variants stand in the files; here the defaults.
  const victims = family.victims
    .map((victim) => ({ ...victim, slots: victim.slots.filter((slot) => slot.setting === '') }))
    .filter(({ slots }) => slots.length > 0);
  const seeds = Math.max(0, ...victims.map(({ slots }) => seedsOf(slots)));
  const grids = victims.map((victim) => gridOf(victim, reported));
  // One set of columns for all tasks, so that they stand below each other.
  const width = Math.max(0, ...grids.flat().map((row) => row.length));
  const lines = aligned(
    grids.flat().map((row) => [...row.slice(0, -1), ...Array.from({ length: width - row.length }, () => ''), row.at(-1)!]),
    2,
  );
  const isOne = victims.length === 1;
  return [
    familyTitle(family),
    `experiment ${family.experiment}, ${seeds === 1 ? '1 seed' : `means over ${seeds} seeds`}`,
    ...victims.flatMap(({ task, corpus }, at) => {
      const start = grids.slice(0, at).reduce((sum, grid) => sum + grid.length, 0);
      return ['', ...(isOne ? [] : [`${tasks[task].title} on ${titleOf(corpus)}`]), ...lines.slice(start, start + grids[at]!.length)];
    }),
    ...verdictLines(victims),
  ].join('\n');
}

/** A line of headings, then one an attack and defence. */
function gridOf(victim: VictimSlots, reported: ReportInput['reported']): string[][] {
  const { clean, attack, floor, aboveFloor, reverse } = tasks[victim.task];
  const controls: readonly Quantity[] = [
    { ...floor, title: 'floor' },
    { ...aboveFloor, title: '− floor', unit: 'rate' },
    ...(reverse === null ? [] : [{ ...reverse, title: 'reverse' }]),
  ];
  const columns = [clean, attack, ...controls];
  const isBeside = (quantity: Quantity): boolean => victim.comparedWith !== null && quantity.paperSetting !== null;
  const head = columns.flatMap((quantity) => [
    heading(quantity.title, { ...quantity, direction: 'neither' }),
    ...(isBeside(quantity) ? ['paper'] : []),
  ]);
  const groups = [...groupBy(victim.slots, (slot) => JSON.stringify([slot.attack, slot.defense])).values()];
  const rows = groups.map((own) => [
    ...columns.flatMap((quantity) => {
      const cell = cellOf(own, quantity, published(reported, exhibits, own[0]!, quantity));
      // A clean model has no triggered samples: nothing is missing there.
      const isApart = own[0]!.attack === noAttack && quantity !== clean;
      const text = cell.value === null ? (isApart ? '' : shortReason(cell.missingBecause!).label) : formatValue(cell.value, cell.unit);
      return [text, ...(isBeside(quantity) ? [formatReported(cell.reported)] : [])];
    }),
    seedCount(own, clean, seedsOf(victim.slots)),
  ]);
  const labels = withoutRepeats(groups.map(([first]) => [titleOf(first!.attack), titleOf(first!.defense)]));
  return [['Attack', 'Defence', ...head, 'seeds'], ...rows.map((row, at) => [...labels[at]!, ...row])];
}

function seedsOf(slots: readonly Slot[]): number {
  return new Set(slots.map((slot) => slot.seed)).size;
}

/** `3`, or `2 of 3`. */
function seedCount(slots: readonly Slot[], quantity: Quantity, planned: number): string {
  const measured = cellOf(slots, quantity, null).seeds.length;
  return measured === planned ? String(measured) : `${measured} of ${planned}`;
}

function verdictLines(victims: readonly VictimSlots[]): string[] {
  const slots = victims.flatMap((victim) => victim.slots);
  const judged = slots.filter((slot) => slot.filledBy?.notes['verdict'] !== undefined);
  if (judged.length === 0) return [];
  const rows = judged.map((slot) => {
    const { verdict, targetLabel, trigger, verdictWhy } = slot.filledBy!.notes;
    const truth = slot.attack === noAttack ? 'clean' : 'backdoored';
    const found = verdict === 'backdoored' ? [`target label ${targetLabel ?? '?'}`, `trigger “${trigger ?? '?'}”`] : [];
    const mark = verdict === truth ? 'right' : verdict === 'undecidable' ? '' : 'wrong';
    return [
      ...(victims.length === 1 ? [] : [tasks[slot.task].title]),
      `${titleOf(slot.attack)}, seed ${slot.seed}`,
      verdict!,
      mark,
      [...found, ...(verdictWhy === undefined ? [] : [verdictWhy])].join(', '),
    ];
  });
  return ['', 'Verdicts on the models', ...aligned(rows, rows[0]!.length)];
}

/** Columns padded to their widest entry; the first `left` of them flush left, the others flush right. */
function aligned(rows: readonly (readonly string[])[], left: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => {
    const fields = row.map((text, column) => (column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)));
    return `  ${fields.join('  ')}`.trimEnd();
  });
}
