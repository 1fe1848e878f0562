/** Figure 8 (design): all parameters, the last layer or the head alone? Bars with their values, the paper's beside ours. */
import type { Reported } from '../../core/contracts.ts';
import { cellOf } from '../cells.ts';
import {
  colours,
  type Figure,
  type FigureMember,
  figureName,
  figureTitle,
  type PartSpec,
  paperLabel,
  schemaAddress,
  style,
} from '../figure.ts';
import { formatReported, formatValue } from '../formats/numbers.ts';
import { heading } from '../formats/words.ts';
import { published } from '../grid.ts';
import type { Slot, VictimSlots } from '../slots.ts';
import { sweeps, type SweptAttack, sweptAttacks } from '../sweep.ts';
import { type Quantity, tasks, titleOf } from '../vocabulary.ts';

const title = 'Unlearning in all parameters, in the output layer, in the head';

export const figure8: FigureMember = {
  name: 'figure-8',
  title,
  build: ({ victims, reported }) => victims.flatMap((victim) => figureOf(victim, reported) ?? []),
};

const width = 190;
const ours = 'ours';
const rowTitles: Readonly<Record<string, string>> = { all: 'all parameters', 'last-layer': 'output layer', head: 'head' };

interface Bar {
  readonly row: string;
  readonly series: string;
  readonly value: number;
  readonly shown: string;
}

/** A bar's group: the undefended model, or one choice of parameters. */
interface Group {
  readonly title: string;
  readonly slots: readonly Slot[];
  readonly reported: (quantity: Quantity) => Reported | null;
}

function figureOf(victim: VictimSlots, reported: readonly Reported[]): Figure | null {
  const swept = sweptAttacks(victim, sweeps.trainable, reported);
  if (swept.length === 0) return null;
  const { clean, attack, reverse } = tasks[victim.task];
  // Where the trigger comes to mean the victim label, attack success is low for a bad reason (exhibits.md C12).
  const shown = [clean, attack, ...(reverse === null ? [] : [reverse])];
  const groups = swept.map((one) => groupsOf(one, victim, reported));
  const slots = groups.flat().flatMap((group) => group.slots);
  const names = swept.map((one) => titleOf(one.attack)).join(', ');
  return {
    name: figureName('figure-8', victim),
    spec: {
      ...style,
      $schema: schemaAddress,
      title: figureTitle(
        title,
        victim,
        slots.map((slot) => ({ slot, points: [] })),
        `${names}. The head is a dense and the output layer.`,
      ),
      vconcat: groups.map((own) => ({
        hconcat: shown.map((quantity, at) => panelOf(own, quantity, victim.comparedWith, at === 0)),
        spacing: 60,
      })),
      spacing: 28,
    },
  };
}

function groupsOf({ attack, points }: SweptAttack, victim: VictimSlots, reported: readonly Reported[]): Group[] {
  const undefended = victim.slots.filter((slot) => slot.attack === attack && slot.defense === 'undefended' && slot.setting === '');
  const cell = { comparedWith: victim.comparedWith, task: victim.task, attack, defense: 'undefended' };
  const order = Object.keys(rowTitles);
  const sorted = [...points].sort((a, b) => order.indexOf(a.value) - order.indexOf(b.value));
  return [
    { title: titleOf('undefended'), slots: undefended, reported: (quantity) => published(reported, ['figure-8'], cell, quantity) },
    ...sorted.map((point) => ({
      title: rowTitles[point.value] ?? point.value,
      slots: point.slots,
      reported: ({ metric }: Quantity) => point.reported[metric] ?? null,
    })),
  ];
}

function panelOf(groups: readonly Group[], quantity: Quantity, comparedWith: string | null, isFirst: boolean): PartSpec {
  const paper = comparedWith === null ? [] : [paperLabel(comparedWith)];
  const bars = groups.flatMap((group) => barsOf(group, quantity, paper));
  const y = {
    field: 'row',
    type: 'nominal',
    title: null,
    scale: { domain: groups.map(({ title }) => title) },
    axis: { domain: false, ticks: false, labelPadding: 6, labels: isFirst },
  } as const;
  const series = [ours, ...paper];
  const yOffset = { field: 'series', type: 'nominal' as const, scale: { domain: series } };
  const highest = quantity.unit === 'rate' ? 100 : 1;
  return {
    width,
    height: { step: 15 },
    data: { values: bars.map((bar) => ({ ...bar })) },
    layer: [
      {
        mark: { type: 'bar', height: 12 },
        encoding: {
          y,
          yOffset,
          x: {
            field: 'value',
            type: 'quantitative',
            title: heading(quantity.title, quantity),
            scale: { domain: [0, highest] },
            axis: { tickCount: 5 },
          },
          color: {
            field: 'series',
            type: 'nominal',
            title: null,
            scale: { domain: series, range: [colours.blue, colours.paper] },
            legend: { orient: 'bottom', direction: 'horizontal' },
          },
        },
      },
      // Beside the bars rather than at their ends, where those of a hundred would leave the panel.
      {
        mark: { type: 'text', align: 'left', fontSize: 10, color: colours.ink },
        encoding: { y, yOffset, x: { value: width + 5 }, text: { field: 'shown' } },
      },
    ],
  };
}

function barsOf({ title, slots, reported }: Group, quantity: Quantity, [paper]: readonly string[]): Bar[] {
  const row = reported(quantity);
  const cell = cellOf(slots, quantity, row);
  const factor = quantity.unit === 'rate' ? 100 : 1;
  return [
    ...(cell.value === null
      ? []
      : [{ row: title, series: ours, value: factor * cell.value, shown: formatValue(cell.value, quantity.unit) }]),
    ...(paper === undefined || row === null || row.value === null
      ? []
      : [{ row: title, series: paper, value: row.value, shown: formatReported(row) }]),
  ];
}
