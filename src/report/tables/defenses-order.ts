/** Do defences stand in the paper's order? Spearman's rank correlation of what each leaves of an attack, ours with the published. */
import type { Reported } from '../../core/contracts.ts';
import { groupBy } from '../../core/group-by.ts';
import { mean, spearman } from '../../core/statistics.ts';
import { cellOf } from '../cells.ts';
import { missingCell, numberCell, runsOf } from '../computed.ts';
import { provenanceOf } from '../grid.ts';
import type { Row, Table } from '../table.ts';
import { quantity, tasks, titleOf } from '../vocabulary.ts';
import { type ComparedScene, ranDefenses, slotsOf, undefended } from './defenses-scenes.ts';

const columns = [
  quantity('count', 'ordered-defences', 'defences', 'count', 'neither'),
  quantity('spearman', 'defences', 'Spearman’s ρ', 'none', 'neither'),
  quantity('spearman-p', 'defences', 'p', 'none', 'neither'),
] as const;
/** Two are in one order or the other. */
const FEWEST = 3;

interface Compared {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
}

interface Ordered {
  readonly row: Row;
  readonly rho: number | null;
  readonly scene: ComparedScene;
}

/** @param theirsOf the paper's value beside a defence */
export function orderTable(
  scenes: readonly ComparedScene[],
  place: string,
  theirsOf: (scene: ComparedScene, defense: string) => Reported | null,
): Table[] {
  const ordered = scenes.flatMap((scene) => orderedIn(scene, theirsOf) ?? []);
  if (ordered.length === 0) return [];
  return [
    {
      title: `Order of the defences beside the paper’s: ${place}`,
      stubs: ['Task', 'Attack', 'By', 'Here, best first', 'In the paper, best first'],
      columns: columns.map((column) => ({ title: column.title, quantity: column })),
      rows: [...ordered.map(({ row }) => row), ...overall(ordered)],
      notes: [
        'Over defences for which both have a value, the mean over seeds here, fine-tuning among them; the undefended model is none, and its place would be given ' +
          'away. Tied defences (=) share their mean rank. p: the share of all orders whose ρ lies at least as far from 0; of three defences it is never below 1/3. ' +
          'All: the mean of the ρ above, each line counting as one.',
      ],
      provenance: provenanceOf(ordered.flatMap(({ scene }) => scene.slots)),
    },
  ];
}

function orderedIn(scene: ComparedScene, theirsOf: (scene: ComparedScene, defense: string) => Reported | null): Ordered | null {
  const { attack: measure } = tasks[scene.task];
  const names = ranDefenses(scene.slots).filter((name) => name !== undefended);
  const compared = names.flatMap((name): Compared[] => {
    const ours = slotsOf(scene, name).flatMap((slot) => cellOf([slot], measure, null).value ?? []);
    const theirs = theirsOf(scene, name)?.value ?? null;
    return ours.length === 0 || theirs === null ? [] : [{ name, ours: rounded(mean(ours)), theirs: rounded(theirs) }];
  });
  if (compared.length < FEWEST) return null;
  const correlation = spearman(
    compared.map(({ ours }) => ours),
    compared.map(({ theirs }) => theirs),
  );
  const about = { runs: runsOf(scene.slots.filter(({ defense }) => compared.some(({ name }) => name === defense))) };
  const [count, rho, p] = columns;
  const isHigherBetter = measure.direction === 'higher';
  const labels = [scene.title, titleOf(scene.attack), measure.title, inOrder(compared, 'ours', isHigherBetter)];
  return {
    scene,
    rho: correlation?.rho ?? null,
    row: {
      labels: [...labels, inOrder(compared, 'theirs', isHigherBetter)],
      quantity: null,
      cells: [
        numberCell(compared.length, count.unit, about),
        correlation === null ? missingCell('all are tied', rho.unit, about) : numberCell(correlation.rho, rho.unit, about),
        correlation === null || correlation.p === null
          ? missingCell(correlation === null ? 'all are tied' : 'too many orders', p.unit, about)
          : numberCell(correlation.p, p.unit, about),
      ],
    },
  };
}

/** Equal values are tied, whatever float64 made of their means. */
const rounded = (value: number): number => Number(value.toPrecision(12));

/** `EliBadCode, DBS = AttDef, ONION`. */
function inOrder(compared: readonly Compared[], side: 'ours' | 'theirs', isHigherBetter: boolean): string {
  const ranked = [...compared].sort((a, b) => (isHigherBetter ? b[side] - a[side] : a[side] - b[side]));
  const ties = groupBy(ranked, (one) => one[side]);
  return [...ties.values()].map((same) => same.map(({ name }) => titleOf(name)).join(' = ')).join(', ');
}

function overall(ordered: readonly Ordered[]): Row[] {
  const correlations = ordered.flatMap(({ rho }) => rho ?? []);
  if (ordered.length < 2 || correlations.length === 0) return [];
  const about = { runs: [...new Set(ordered.flatMap(({ row }) => row.cells[0]!.runs))] };
  const [count, rho, p] = columns;
  const cells = [
    missingCell('each above', count.unit, about),
    numberCell(mean(correlations), rho.unit, about),
    missingCell('each above', p.unit, about),
  ];
  return [{ labels: ['All', `mean of ${correlations.length}`, '', '', ''], quantity: null, cells }];
}
