/** Curves of the stand-ins' pretrainings: a panel an objective, because losses of different objectives are different quantities. */
import { chunk } from '../../core/batches.ts';
import { groupBy } from '../../core/group-by.ts';
import { colours, type FigureMember, type PartSpec, schemaAddress, style } from '../figure.ts';
import type { Pretraining } from '../pretrainings.ts';

const objectives: Readonly<Record<string, { readonly title: string; readonly unit: string }>> = {
  'masked-tokens': { title: 'Masked sub-tokens', unit: 'nats a sub-token' },
  'span-corruption': { title: 'Corrupted spans', unit: 'nats a sub-token' },
  'next-token': { title: 'Next sub-token', unit: 'nats a sub-token' },
  contrastive: { title: 'Queries and their functions', unit: 'nats a row' },
};

const palette = [colours.blue, colours.orange, colours.green, colours.purple];
/** Each panel has its own stand-ins, and a legend of them. */
const ownColours = { scale: { color: 'independent' } } as const;
const [trained, heldBack] = ['trained on', 'held back'];

export const pretraining: FigureMember = {
  name: 'pretraining',
  title: 'loss of each stand-in’s pretraining, epoch by epoch',
  build({ pretrainings }) {
    if (pretrainings.length === 0) return [];
    const panels = [...groupBy(pretrainings, ({ objective }) => objective)].map(([objective, group]) => panelOf(objective, group));
    return [
      {
        name: 'pretraining',
        spec: {
          ...style,
          $schema: schemaAddress,
          title: {
            text: 'Pretraining of the stand-ins',
            subtitle: ['Solid: rows held back, after the epoch. Dashed: rows trained on, mean over the epoch’s batches, with drop-out.'],
          },
          vconcat: chunk(panels, 2).map((parts) => ({ hconcat: parts, spacing: 36, resolve: ownColours })),
          spacing: 28,
          resolve: ownColours,
        },
      },
    ];
  },
};

function panelOf(objective: string, group: readonly Pretraining[]): PartSpec {
  const { title, unit } = objectives[objective] ?? { title: objective, unit: 'nats' };
  const values = group.flatMap(({ name, curve }) =>
    curve.flatMap(({ epoch, trainLoss, validLoss }) => [
      { name, rows: trained, epoch: epoch + 1, loss: trainLoss },
      { name, rows: heldBack, epoch: epoch + 1, loss: validLoss },
    ]),
  );
  const domain = group.map(({ name }) => name);
  return {
    title: { text: title, fontSize: 12, offset: 8, frame: 'group' },
    width: 300,
    height: 200,
    data: { values },
    // One that stopped after its first epoch is a point.
    mark: { type: 'line', interpolate: 'linear', strokeJoin: 'round', strokeWidth: 1.8, point: { size: 16 } },
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        title: 'Epoch',
        scale: { zero: false, nice: false },
        axis: { tickCount: 6, tickMinStep: 1, format: 'd', grid: false, labelFlush: false },
      },
      y: { field: 'loss', type: 'quantitative', title: `Loss, ${unit}`, scale: { zero: false, nice: true }, axis: { tickCount: 5 } },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        scale: { domain, range: domain.map((_, at) => palette[at % palette.length]!) },
        legend: { orient: 'bottom', direction: 'vertical', symbolType: 'stroke' },
      },
      strokeDash: {
        field: 'rows',
        type: 'nominal',
        scale: {
          domain: [heldBack, trained],
          range: [
            [1, 0],
            [4, 3],
          ],
        },
        legend: null,
      },
    },
  };
}
