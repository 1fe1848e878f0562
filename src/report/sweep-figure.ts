/** Figures of a sweep: one panel a quantity, our points with their intervals and the paper's beside them in grey. */
import type { Reported } from '../core/contracts.ts';
import { mean } from '../core/statistics.ts';
import { cellOf } from './cells.ts';
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
} from './figure.ts';
import { heading } from './formats/words.ts';
import type { Slot, VictimSlots } from './slots.ts';
import { type Sweep, type SweepPoint, type SweptAttack, sweptAttacks } from './sweep.ts';
import { type Quantity, quantities, tasks, type TaskWords, titleOf } from './vocabulary.ts';

interface SweepFigure {
  readonly name: string;
  readonly title: string;
  readonly sweep: Sweep;
  /** What the panels show, from the left. */
  readonly panels: (task: TaskWords) => readonly Quantity[];
}

const ours = 'ours';
const outcomes = ['measured', 'not found'] as const;

interface Mark {
  readonly series: string;
  readonly at: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly outcome: (typeof outcomes)[number];
}

export function sweepFigure(figure: SweepFigure): FigureMember {
  const { name, title } = figure;
  return { name, title, build: ({ victims, reported }) => victims.flatMap((victim) => drawn(figure, victim, reported) ?? []) };
}

function drawn({ name, title, sweep, panels }: SweepFigure, victim: VictimSlots, reported: readonly Reported[]): Figure | null {
  const swept = sweptAttacks(victim, sweep, reported);
  if (swept.length === 0) return null;
  const shown = panels(tasks[victim.task]);
  const slots = swept.flatMap(({ points }) => points.flatMap((point) => point.slots));
  const paper = victim.comparedWith === null ? [] : [paperLabel(victim.comparedWith)];
  const rows = swept.map((one) => shown.map((quantity) => panelOf(one, quantity, sweep, paper)));
  return {
    name: figureName(name, victim),
    spec: {
      ...style,
      $schema: schemaAddress,
      title: figureTitle(
        title,
        victim,
        slots.map((slot) => ({ slot, points: [] })),
        remarkOn(shown, swept),
      ),
      vconcat: rows.map((parts) => ({ hconcat: parts, spacing: 24 })),
      spacing: 28,
    },
  };
}

function remarkOn(shown: readonly Quantity[], swept: readonly SweptAttack[]): string {
  const bars = 'Vertical lines: 95 % intervals.';
  const found = shown.includes(quantities.epochFound)
    ? ' Crosses: not found, the loss never at 0.015 or lower; drawn at the last iteration.'
    : '';
  return `${swept.map(({ attack }) => titleOf(attack)).join(', ')}. ${bars}${found}`;
}

function panelOf({ points }: SweptAttack, quantity: Quantity, { title }: Sweep, paper: readonly string[]): PartSpec {
  const marks = points.flatMap((point) => [...published(point, quantity, paper), ...measured(point, quantity)]);
  const scale = { domain: [ours, ...paper], range: [colours.blue, colours.paper] };
  const x = {
    field: 'at',
    type: 'ordinal',
    title,
    scale: { domain: points.map(({ value }) => value), type: 'point', padding: 0.5 },
    axis: { labelAngle: 0, grid: false },
  } as const;
  const legend = { orient: 'bottom', direction: 'horizontal' } as const;
  const color = { field: 'series', type: 'nominal', title: null, scale, legend } as const;
  return {
    width: 205,
    height: 170,
    data: { values: marks.map((mark) => ({ ...mark })) },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.4 },
        encoding: { x, y: yAxis(quantity, 'low'), y2: { field: 'high' }, color },
      },
      {
        mark: { type: 'line', strokeJoin: 'round' },
        encoding: {
          x,
          y: yAxis(quantity, 'value'),
          color,
          strokeWidth: { condition: { test: `datum.series === '${ours}'`, value: 1.8 }, value: 1 },
          strokeDash: { condition: { test: `datum.series === '${ours}'`, value: [1, 0] }, value: [4, 3] },
        },
      },
      {
        mark: { type: 'point', size: 48, strokeWidth: 1.8, opacity: 1, fill: 'white' },
        encoding: {
          x,
          y: yAxis(quantity, 'value'),
          color,
          shape: {
            field: 'outcome',
            type: 'nominal',
            title: null,
            scale: { domain: [...outcomes], range: ['circle', 'cross'] },
            legend: null,
          },
        },
      },
    ],
  };
}

/** Rates and scores over their whole range, as the paper draws them; times by powers, because machines differ by a factor. */
function yAxis(quantity: Quantity, field: 'value' | 'low') {
  const { title, unit } = quantity;
  const whole = unit === 'rate' ? { scale: { domain: [0, 100] } } : unit === 'score' ? { scale: { domain: [0, 1] } } : null;
  const powers = unit === 'seconds' ? { scale: { type: 'log' as const, nice: true }, axis: { values: [1, 10, 100, 1000, 10_000] } } : null;
  const free = { scale: { zero: true, nice: true } };
  return { field, type: 'quantitative' as const, title: heading(title, quantity), axis: { tickCount: 5 }, ...(whole ?? powers ?? free) };
}

function measured({ value: at, slots }: SweepPoint, quantity: Quantity): Mark[] {
  if (slots.length === 0) return [];
  const factor = quantity.unit === 'rate' ? 100 : 1;
  const cell = cellOf(slots, quantity, null);
  const asked = quantity === quantities.epochFound ? slots.map(unfoundAt).filter((last) => last !== null) : [];
  if (asked.length > 0) {
    const found = cell.seeds.length * (cell.value ?? 0);
    const value = (found + asked.length * mean(asked)) / (cell.seeds.length + asked.length);
    return [{ series: ours, at, value, low: value, high: value, outcome: outcomes[1] }];
  }
  if (cell.value === null) return [];
  const { low, high } = cell.interval ?? { low: cell.value, high: cell.value };
  return [{ series: ours, at, value: factor * cell.value, low: factor * low, high: factor * high, outcome: outcomes[0] }];
}

/** The last iteration of a run that found no trigger; `null`: it found one, or it failed. */
function unfoundAt({ filledBy }: Slot): number | null {
  const found = filledBy?.measurements.find(({ metric, subset }) => metric === 'epoch-found' && subset === '');
  if (filledBy === null || found === undefined || found.value !== null) return null;
  const steps = filledBy.traces.filter(({ series }) => series === 'inversion-loss').map(({ step }) => step);
  return steps.length === 0 ? null : Math.max(...steps);
}

/** The paper draws what was not found at its last epoch, 100, or not at all. */
function published({ value: at, reported }: SweepPoint, { metric }: Quantity, [series]: readonly string[]): Mark[] {
  const row = reported[metric];
  if (series === undefined || row === undefined || row.value === null) return [];
  const outcome = row.note.includes('= not found') ? outcomes[1] : outcomes[0];
  return [{ series, at, value: row.value, low: row.value, high: row.value, outcome }];
}
