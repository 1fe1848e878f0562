/** Figures: a Vega-Lite specification in one style, rendered to SVG and PNG; two renders are byte-equal. */
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { type LoggerInterface, parse, View, Warn } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { TracePoint } from '../core/contracts.ts';
import { type ReportInput, victimTitle } from './grid.ts';
import type { Slot, VictimSlots } from './slots.ts';
import { titleOf } from './vocabulary.ts';

/** `name` is the file's name under results/figures, without its ending. */
export interface Figure {
  readonly name: string;
  readonly spec: TopLevelSpec;
}

/** A panel of a figure made of several. */
export type PartSpec = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];

/** As a table's member: `name` = file name = catalogue name; one figure for each victim it says something about. */
export interface FigureMember {
  readonly name: string;
  /** For lists of figures. */
  readonly title: string;
  readonly build: (input: ReportInput) => Figure[];
}

/** Recorded curves of one series, run by run: default settings alone, seeds ascending. */
export function tracesOf(victim: VictimSlots, series: string): RunTraces[] {
  return victim.slots
    .filter((slot) => slot.setting === '')
    .map((slot) => ({ slot, points: slot.filledBy?.traces.filter((point) => point.series === series) ?? [] }))
    .filter(({ points }) => points.length > 0)
    .sort((a, b) => a.slot.seed - b.slot.seed);
}

export interface RunTraces {
  readonly slot: Slot;
  readonly points: readonly TracePoint[];
}

/** Victims differ in at least one of the parts. */
export function figureName(name: string, { experiment, model, weights, corpus, comparedWith }: VictimSlots): string {
  const parts = [name, experiment, model, weights === 'scratch' ? '' : weights, corpus, comparedWith ?? 'alone'];
  return parts
    .map((part) => part.replaceAll(/[^\w]+/g, '-').replaceAll(/^-|-$/g, ''))
    .filter((part) => part !== '')
    .join('-');
}

export function figureTitle(text: string, victim: VictimSlots, traces: readonly RunTraces[], remark: string) {
  const seeds = new Set(traces.map(({ slot }) => slot.seed)).size;
  return { text, subtitle: [`${victimTitle(victim)}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}.`, remark] };
}

export function paperLabel(model: string): string {
  return `Paper: ${titleOf(model)}`;
}

/** The package's own font, so that a machine without fonts draws the same picture. */
const fontFiles = (): string[] =>
  ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${file}`)));
/** First what we render with; the others are for readers of the SVG who lack it. */
const font = 'DejaVu Sans, Verdana, sans-serif';

/** Okabe and Ito's colours, told apart under every common colour blindness. */
export const colours = {
  blue: '#0072B2',
  orange: '#D55E00',
  green: '#009E73',
  purple: '#CC79A7',
  paper: '#8A8A8A',
  ink: '#222222',
} as const;

export const schemaAddress = 'https://vega.github.io/schema/vega-lite/v6.json';

export const style = {
  background: 'white',
  padding: 12,
  config: {
    font,
    title: {
      anchor: 'start',
      fontSize: 14,
      subtitleFontSize: 11,
      subtitleColor: '#555555',
      subtitlePadding: 4,
      offset: 12,
      color: colours.ink,
    },
    axis: {
      labelFontSize: 11,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      titlePadding: 8,
      gridColor: '#E6E6E6',
      domainColor: '#666666',
      tickColor: '#666666',
    },
    header: { labelFontSize: 12, labelFontWeight: 'bold', titleFontSize: 12 },
    legend: {
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 'normal',
      symbolStrokeWidth: 2,
      labelLimit: 400,
      gridAlign: 'each',
      columnPadding: 16,
    },
    text: { font, fontSize: 11 },
    view: { stroke: null },
  },
} as const;

export async function svgOf({ name, spec }: Figure): Promise<string> {
  const compiled = compile(spec, { logger: strict(name) });
  const view = new View(parse(compiled.spec), { renderer: 'none', logLevel: Warn, logger: strict(name) });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

/** Twice the SVG's size: 192 dots an inch. */
export function pngOf(svg: string): Uint8Array {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: 'DejaVu Sans' },
  });
  return resvg.render().asPng();
}

/** A warning of the drawing library means that something is not drawn as we said. */
function strict(name: string): LoggerInterface {
  const refuse = (...messages: readonly unknown[]): never => {
    throw new Error(`${name}: ${messages.map(String).join(' ')}`);
  };
  const silent: LoggerInterface = { level: () => silent, error: refuse, warn: refuse, info: () => silent, debug: () => silent };
  return silent;
}
