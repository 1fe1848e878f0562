/** Figure 9 (RQ2): how fast does inversion converge? EliBadCode's; one line a seed and target label, the paper's series beside it. */
import type { Reported } from '../../core/contracts.ts';
import { colours, type Figure, type FigureMember, figureName, figureTitle, paperLabel, schemaAddress, style, tracesOf } from '../figure.ts';
import type { VictimSlots } from '../slots.ts';
import { tasks, titleOf } from '../vocabulary.ts';

export const figure9: FigureMember = {
  name: 'figure-9',
  title: 'as the paper’s figure of that number',
  build: ({ victims, reported }) => victims.flatMap((victim) => figureOf(victim, reported) ?? []),
};

interface Point {
  readonly panel: string;
  /** What the colour says. */
  readonly curve: string;
  /** What makes it a line of its own. */
  readonly line: string;
  readonly iteration: number;
  readonly loss: number;
}

function figureOf(victim: VictimSlots, reported: readonly Reported[]): Figure | null {
  // Another defence's loss is of another thing: DBS', of mixtures of words.
  const traces = tracesOf(victim, 'inversion-loss').filter(({ slot }) => slot.defense === 'elibadcode');
  const ours = traces.flatMap(({ slot, points }) =>
    points.map((point): Point => {
      const curve = curveTitle(point.curve);
      return {
        panel: titleOf(slot.attack),
        curve,
        line: `${slot.seed} ${curve}`,
        iteration: point.step,
        loss: point.value,
      };
    }),
  );
  if (ours.length === 0) return null;
  const attacks = [...new Set(traces.map(({ slot }) => slot.attack))];
  const theirs = attacks.flatMap((attack) => publishedCurve(reported, victim, attack));
  const curves = [...new Set(ours.map((point) => point.curve))].sort();
  const domain = [...curves, ...new Set(theirs.map((point) => point.curve))];
  const ourColours = [colours.blue, colours.orange, colours.green, colours.purple];
  return {
    name: figureName('figure-9', victim),
    spec: {
      ...style,
      $schema: schemaAddress,
      title: figureTitle('Inversion loss by iteration', victim, traces, 'EliBadCode’s; one line for each seed and target.'),
      data: { values: [...theirs, ...ours].map((point) => ({ ...point })) },
      facet: { field: 'panel', type: 'nominal', sort: attacks.map(titleOf), header: { title: null } },
      // No row with gaps that could be without.
      columns: Math.ceil(attacks.length / Math.ceil(attacks.length / 3)),
      spec: {
        width: 240,
        height: 190,
        mark: { type: 'line', interpolate: 'linear', strokeJoin: 'round' },
        encoding: {
          x: { field: 'iteration', type: 'quantitative', title: 'Iteration', axis: { tickCount: 5, grid: false } },
          y: {
            field: 'loss',
            type: 'quantitative',
            title: `Inversion loss, ${tasks[victim.task].lossUnit}`,
            scale: { domainMin: 0, nice: true },
            axis: { tickCount: 5 },
          },
          detail: { field: 'line' },
          color: {
            field: 'curve',
            type: 'nominal',
            title: null,
            scale: { domain, range: domain.map((_, at) => (at < curves.length ? ourColours[at % ourColours.length]! : colours.paper)) },
            legend: { orient: 'bottom', direction: 'horizontal' },
          },
          strokeWidth: { condition: { test: "datum.line === 'paper'", value: 1 }, value: 1.8 },
        },
      },
    },
  };
}

/** `target=0` → `target label 0`; the authors' scan also names the half that carries the trigger. `query`: its words are inverted too. */
function curveTitle(curve: string): string {
  return curve
    .replace(/^target=/, 'target label ')
    .replace(/^query$/, 'trigger and query words')
    .replace(';half=', ', half ');
}

/** The paper's curve for the same task, attack and (where it has one) model; its epochs are our iterations. */
function publishedCurve(reported: readonly Reported[], victim: VictimSlots, attack: string): Point[] {
  const curve = reported.filter(
    (r) =>
      r.exhibit === 'figure-9' &&
      r.model === victim.comparedWith &&
      r.task === victim.task &&
      r.attack === attack &&
      r.defense === 'elibadcode',
  );
  return curve.map((row) => ({
    panel: titleOf(attack),
    curve: paperLabel(row.model),
    line: 'paper',
    iteration: Number(/^epoch=(\d+)$/.exec(row.setting)![1]),
    loss: row.value!,
  }));
}
