/** ROC curves of the scores behind verdicts: one line a defence and task, over all models that were judged, clean and backdoored. */
import { auc, rocCurve } from '../../core/statistics.ts';
import { colours, type Figure, type FigureMember, figureName, schemaAddress, style } from '../figure.ts';
import { formatValue } from '../formats/numbers.ts';
import { familyTitle } from '../grid.ts';
import { type Population, populationsOf, scoresOf } from '../populations.ts';
import type { Family } from '../slots.ts';
import { tasks, titleOf } from '../vocabulary.ts';

export const roc: FigureMember = {
  name: 'roc',
  title: 'ROC curves of the scores behind verdicts on models',
  build: ({ families }) => families.flatMap((family) => figureOf(family) ?? []),
};

/** Pixels of either side, so that a share is as long on both axes. */
const side = 320;
const palette = [colours.blue, colours.orange, colours.green, colours.purple];
const dashes = [
  [1, 0],
  [7, 3],
  [2, 2],
];
/** Lines that coincide stay visible: later ones are thinner. */
const widths = [4, 2.8, 2, 1.4, 1];

interface Series {
  readonly title: string;
  /** Of its defence and of its task among the figure's. */
  readonly colour: number;
  readonly dash: number;
  readonly points: readonly { readonly falsePositives: number; readonly truePositives: number }[];
}

function figureOf(family: Family): Figure | null {
  // Variants stand in the table of detection.
  const populations = family.victims.flatMap(populationsOf).filter(({ setting }) => setting === '');
  const series = populations.flatMap((population) => seriesOf(population, populations) ?? []);
  if (series.length === 0) return null;
  const values = series.flatMap(({ title, points }) => points.map((point, order) => ({ series: title, order, ...point })));
  const domain = series.map(({ title }) => title);
  const bySeries = <T>(range: T[]) =>
    ({
      field: 'series',
      // Ordinal: widths of a nominal field are refused.
      type: 'ordinal',
      title: null,
      scale: { domain, range },
      legend: { orient: 'right', labelLimit: 0, symbolType: 'stroke', symbolSize: 500 },
    }) as const;
  const axis = { tickCount: 5, labelFlush: false } as const;
  const scale = { domain: [0, 1], nice: false };
  return {
    name: figureName('roc', { ...family.victims[0]!, corpus: family.victims.map(({ corpus }) => corpus).join('-') }),
    spec: {
      ...style,
      $schema: schemaAddress,
      title: {
        text: 'Telling backdoored models from clean ones by their scores',
        subtitle: [`${familyTitle(family)}.`, 'Dashed: a score that knows nothing. In brackets: how many models, backdoored + clean.'],
      },
      width: side,
      height: side,
      layer: [
        {
          data: { values: [{ x: 0, y: 0, x2: 1, y2: 1 }] },
          mark: { type: 'rule', strokeDash: [4, 3], color: colours.paper, strokeWidth: 1 },
          encoding: {
            x: { field: 'x', type: 'quantitative', scale },
            y: { field: 'y', type: 'quantitative', scale },
            x2: { field: 'x2' },
            y2: { field: 'y2' },
          },
        },
        {
          data: { values },
          mark: { type: 'line', interpolate: 'linear', strokeJoin: 'round', clip: false },
          encoding: {
            x: { field: 'falsePositives', type: 'quantitative', title: 'Clean models flagged (FPR)', scale, axis },
            y: { field: 'truePositives', type: 'quantitative', title: 'Backdoored models flagged (recall)', scale, axis },
            order: { field: 'order', type: 'quantitative' },
            color: bySeries(series.map(({ colour }) => palette[colour % palette.length]!)),
            strokeDash: bySeries(series.map(({ dash }) => dashes[dash % dashes.length]!)),
            strokeWidth: bySeries(series.map((_, at) => widths[Math.min(at, widths.length - 1)]!)),
          },
        },
      ],
    },
  };
}

/** `EliBadCode, Defect detection: AUC 0.944 (24 + 12)`; the task where the figure has several, its corpus where the task has. */
function seriesOf(population: Population, all: readonly Population[]): Series | null {
  const scores = scoresOf(population);
  if (scores === null) return null;
  const { backdoored, clean } = scores;
  const { victim, defense } = population;
  const names = [...new Set(all.map((other) => other.defense))];
  const victims = [...new Set(all.map((other) => other.victim))];
  const isAlone = victims.filter(({ task }) => task === victim.task).length === 1;
  const place = isAlone ? tasks[victim.task].title : `${tasks[victim.task].title} on ${titleOf(victim.corpus)}`;
  const name = [titleOf(defense), ...(victims.length > 1 ? [place] : [])].join(', ');
  return {
    title: `${name}: AUC ${formatValue(auc(backdoored, clean), 'none')} (${backdoored.length} + ${clean.length})`,
    colour: names.indexOf(defense),
    dash: victims.indexOf(victim),
    points: rocCurve(backdoored, clean),
  };
}
