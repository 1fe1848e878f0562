/** Figure 6 (design): which tokens of the inverted trigger matter? The change of the loss when one is left out, beside the paper's. */
import type { Reported, TracePoint } from '../../core/contracts.ts';
import { groupBy } from '../../core/group-by.ts';
import {
  colours,
  type Figure,
  type FigureMember,
  figureName,
  figureTitle,
  type PartSpec,
  paperLabel,
  type RunTraces,
  schemaAddress,
  style,
  tracesOf,
} from '../figure.ts';
import { formatValue } from '../formats/numbers.ts';
import type { Slot, VictimSlots } from '../slots.ts';
import { noAttack, tasks, titleOf } from '../vocabulary.ts';

export const figure6: FigureMember = {
  name: 'figure-6',
  title: 'as the paper’s figure of that number',
  build: ({ victims, reported }) => victims.flatMap((victim) => figureOf(victim, reported) ?? []),
};

/** A row of panels wider than this would be shrunk out of reading on a page. */
const maxSeeds = 3;
const width = 140;
const fates = ['above β', 'below β', 'paper'] as const;

interface Bar {
  /** Place and text of the token: tokens repeat. */
  readonly token: string;
  readonly change: number;
  readonly shown: string;
  readonly fate: (typeof fates)[number];
  readonly beta: number;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

function figureOf(victim: VictimSlots, reported: readonly Reported[]): Figure | null {
  const traces = tracesOf(victim, 'loss-change').filter(({ slot }) => slot.attack !== noAttack);
  if (traces.length === 0) return null;
  const paperBeta = reported.find((r) => r.exhibit === 'figure-6' && r.setting === 'series=threshold' && r.status === 'printed')!.value!;
  const rows = [...groupBy(traces, ({ slot }) => slot.attack)].map(([attack, runs]) => [
    ...runs.slice(0, maxSeeds).map((run) => panelOf(run, paperBeta)),
    ...publishedPanel(victim, attack, reported, paperBeta),
  ]);
  const bars = rows.flat().flatMap((panel) => panel.bars);
  const betas = [...new Set(bars.map((bar) => bar.beta))].sort((a, b) => a - b);
  const seeds = new Set(traces.map(({ slot }) => slot.seed)).size;
  const remark = `Dashed: the threshold β = ${betas.join(', ')} of anchoring, which keeps the tokens above it.${seeds > maxSeeds ? ` The first ${maxSeeds} seeds are drawn.` : ''}`;
  // One scale for all panels, so that bars can be compared across them.
  const domain = [Math.min(0, ...bars.map((bar) => bar.change)), Math.max(...betas, ...bars.map((bar) => bar.change))];
  return {
    name: figureName('figure-6', victim),
    spec: {
      ...style,
      $schema: schemaAddress,
      title: figureTitle('Loss change when one trigger token is left out', victim, traces, remark),
      vconcat: rows.map((panels) => ({
        hconcat: panels.map((panel) => panelSpec(panel, domain, tasks[victim.task].lossUnit)),
        spacing: 8,
      })),
      spacing: 28,
    },
  };
}

function panelSpec({ title, bars }: Panel, domain: number[], lossUnit: string): PartSpec {
  const y = { field: 'token', type: 'nominal', sort: null, title: null } as const;
  return {
    title: { text: title, fontSize: 12, anchor: 'start', frame: 'group', offset: 8 },
    width,
    height: { step: 22 },
    data: { values: bars.map((bar) => ({ ...bar })) },
    layer: [
      {
        mark: { type: 'bar', height: 13 },
        encoding: {
          y: { ...y, axis: { domain: false, ticks: false, labelPadding: 6, labelLimit: 160 } },
          x: {
            field: 'change',
            type: 'quantitative',
            title: `Change of the loss, ${lossUnit}`,
            scale: { domain, nice: true },
            axis: { tickCount: 4 },
          },
          color: {
            field: 'fate',
            type: 'nominal',
            title: null,
            scale: { domain: [...fates], range: [colours.blue, colours.orange, colours.paper] },
            legend: { orient: 'bottom', direction: 'horizontal' },
          },
        },
      },
      {
        mark: { type: 'rule', strokeDash: [4, 3], color: colours.ink, strokeWidth: 1 },
        encoding: { x: { aggregate: 'max', field: 'beta', type: 'quantitative' } },
      },
      // Beside the bars rather than at their ends, where β's line would cross the small ones.
      {
        mark: { type: 'text', align: 'left', fontSize: 10, color: colours.ink },
        encoding: { y, x: { value: width + 5 }, text: { field: 'shown' } },
      },
    ],
  };
}

function panelOf({ slot, points }: RunTraces, paperBeta: number): Panel {
  const { beta: noted } = slot.filledBy!.notes;
  const beta = noted === undefined ? paperBeta : Number(noted);
  const curve = chosenCurve(slot, points);
  return {
    title: `${titleOf(slot.attack)}, seed ${slot.seed}`,
    bars: points
      .filter((point) => point.curve === curve)
      .map((point, place) => barOf(place, point.label ?? '', point.value, beta, point.value > beta ? fates[0] : fates[1])),
  };
}

/** Of the labels tried, the one the verdict names, or else the one with the lowest inversion loss: inversion's own choice (method.md 7). */
function chosenCurve({ filledBy }: Slot, points: readonly TracePoint[]): string {
  const { targetLabel } = filledBy!.notes;
  const lowest = (curve: string): number =>
    Math.min(...filledBy!.traces.filter((point) => point.series === 'inversion-loss' && point.curve === curve).map((point) => point.value));
  const curves = [...new Set(points.map((point) => point.curve))];
  const named = curves.filter((curve) => curve.split(';')[0] === `target=${targetLabel ?? ''}`);
  return (named.length > 0 ? named : curves).reduce((best, curve) => (lowest(curve) < lowest(best) ? curve : best));
}

function publishedPanel(victim: VictimSlots, attack: string, reported: readonly Reported[], beta: number): Panel[] {
  const rows = reported.filter(
    (r) =>
      r.exhibit === 'figure-6' &&
      r.model === victim.comparedWith &&
      r.task === victim.task &&
      r.attack === attack &&
      r.setting.startsWith('token='),
  );
  if (rows.length === 0) return [];
  const bars = rows.map((row, place) => barOf(place, row.setting.slice('token='.length), row.value!, beta, fates[2]));
  return [{ title: paperLabel(rows[0]!.model), bars }];
}

function barOf(place: number, token: string, change: number, beta: number, fate: Bar['fate']): Bar {
  // A leading blank is part of the token and would not be seen.
  return { token: `${place + 1} · ${token.replaceAll(' ', '␣')}`, change, shown: formatValue(change, 'none'), fate, beta };
}
