/** EliBadCode against each other defence: a paired test of what is left of the attack, of the clean metric and of time. */
import { groupBy } from '../../core/group-by.ts';
import { makeRng } from '../../core/rng.ts';
import { pairedPermutation } from '../../core/statistics.ts';
import { cellOf } from '../cells.ts';
import { missingCell, numberCell, rateCell, seedsOf } from '../computed.ts';
import { provenanceOf } from '../grid.ts';
import type { Row, Table } from '../table.ts';
import { type Quantity, quantities, quantity, tasks, titleOf } from '../vocabulary.ts';
import { type ComparedScene, ranDefenses, slotsOf } from './defenses-scenes.ts';

const own = 'elibadcode';

const columns = [
  { title: 'pairs', quantity: quantity('count', 'pairs', 'pairs', 'count', 'neither') },
  // In the unit of the row.
  { title: `${titleOf(own)} − other`, quantity: null },
  { title: `${titleOf(own)} better`, quantity: quantity('share', 'pairs-better', 'better', 'rate', 'neither') },
  { title: 'p', quantity: quantity('paired-p', 'pairs', 'p', 'none', 'neither') },
  { title: 'smallest p possible', quantity: quantity('paired-p', 'smallest', 'smallest p', 'none', 'neither') },
  { title: 'p, seeds whole', quantity: quantity('paired-p', 'seeds', 'p', 'none', 'neither') },
] as const;

/** One cell of the grid with one seed, under both defences. */
interface Pair {
  readonly seed: number;
  /** EliBadCode's value − the other's. */
  readonly difference: number;
  readonly runs: readonly string[];
}

export function pairedTable(scenes: readonly ComparedScene[], place: string): Table[] {
  const slots = scenes.flatMap((scene) => scene.slots);
  const others = ranDefenses(slots).filter((name) => name !== own);
  const rows = others.flatMap((other) => measuresOf(scenes).flatMap((measure) => rowOf(scenes, other, measure) ?? []));
  if (rows.length === 0) return [];
  return [
    {
      title: `${titleOf(own)} against each other defence, paired: ${place}`,
      stubs: ['Other defence', 'Measure'],
      columns,
      rows,
      notes: [
        'Pairs: the same task, corpus, attack and seed under both defences; tasks that share a measure count together. Difference: mean over pairs. p: two-sided ' +
          'sign-flip permutation test, exact up to 40 pairs that differ, else of 100,000 drawn signs; n differences can give no p below 2^(1 − n). It takes pairs for ' +
          'independent; attacks of one seed share initial weights and pool, so beside it all pairs of a seed change sign together. Not corrected for the number of rows. ' +
          'An ASR below the floor counts as better still: the reverse rate is its price.',
      ],
      provenance: provenanceOf(slots),
    },
  ];
}

/** Distinct, in the order of the tasks: what is left of the attack, the side effect of unlearning, the clean metrics, time. */
function measuresOf(scenes: readonly ComparedScene[]): Quantity[] {
  const words = scenes.map(({ task }) => tasks[task]);
  const side = words.flatMap(({ reverse }) => reverse ?? []);
  return [
    ...new Set([...words.map(({ aboveFloor }) => aboveFloor), ...side, ...words.map(({ clean }) => clean), quantities.defenseSeconds]),
  ];
}

function rowOf(scenes: readonly ComparedScene[], other: string, measure: Quantity): Row | null {
  const pairs = scenes.flatMap((scene) => pairsIn(scene, other, measure));
  if (pairs.length === 0) return null;
  const differences = pairs.map(({ difference }) => difference);
  const bySeed = [...groupBy(pairs, ({ seed }) => seed).values()].map((same) => same.reduce((sum, { difference }) => sum + difference, 0));
  const about = { runs: [...new Set(pairs.flatMap(({ runs }) => runs))] };
  const rng = makeRng(`paired ${other} ${measure.metric} ${about.runs.join(' ')}`);
  const unit = measure.unit === 'rate' ? 'points' : measure.unit;
  const better = differences.filter((difference) => (measure.direction === 'higher' ? difference > 0 : difference < 0)).length;
  const { mean: effect, p, smallestP } = pairedPermutation(differences, rng);
  return {
    labels: [titleOf(other), measure.title],
    quantity: { ...measure, unit },
    cells: [
      numberCell(pairs.length, 'count', about),
      // Fractions that cancel leave a last digit.
      numberCell(Math.abs(effect) < 1e-12 ? 0 : effect, unit, about),
      rateCell(better, pairs.length, 'no pairs', about),
      numberCell(p, 'none', about),
      numberCell(smallestP, 'none', about),
      bySeed.length === 1
        ? missingCell('one seed', 'none', about)
        : numberCell(pairedPermutation(bySeed, rng.fork('seeds')).p, 'none', about),
    ],
  };
}

function pairsIn(scene: ComparedScene, other: string, measure: Quantity): Pair[] {
  const { aboveFloor, reverse, clean } = tasks[scene.task];
  if (![aboveFloor, reverse, clean, quantities.defenseSeconds].includes(measure)) return [];
  const valueOf = (defense: string, seed: number) =>
    cellOf(
      slotsOf(scene, defense).filter((slot) => slot.seed === seed),
      measure,
      null,
    );
  return seedsOf(slotsOf(scene, own)).flatMap((seed): Pair[] => {
    const [ours, theirs] = [valueOf(own, seed), valueOf(other, seed)];
    if (ours.value === null || theirs.value === null) return [];
    return [{ seed, difference: ours.value - theirs.value, runs: [...ours.runs, ...theirs.runs] }];
  });
}
