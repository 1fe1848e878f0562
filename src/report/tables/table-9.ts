/** Table 9 (discussion): what do inversion and unlearning cost in time? Ratios compare across machines, seconds do not. */
import type { Reported } from '../../core/contracts.ts';
import { cellOf } from '../cells.ts';
import { familyTitle, provenanceOf, published, type TableMember } from '../grid.ts';
import type { Family, Slot } from '../slots.ts';
import type { Row, Table } from '../table.ts';
import { noAttack, quantities, quantity, type Quantity, tasks, titleOf } from '../vocabulary.ts';

const [baseline, own] = ['dbs', 'elibadcode'] as const;
const ratio = {
  ...quantity('seconds-ratio', '', `${titleOf(baseline)} : ${titleOf(own)}`, 'none', 'neither', ''),
  counts: 'exact' as const,
};
const phases = [quantities.inversionSeconds, quantities.unlearningSeconds];

export const table9: TableMember = {
  name: 'table-9',
  title: 'Table 9. Seconds of trigger inversion and unlearning',
  build: ({ families, reported }) => families.map((family) => tableOf(family, reported)).filter((table) => table.rows.length > 0),
};

function tableOf(family: Family, reported: readonly Reported[]): Table {
  const shown = family.victims.map((victim) => ({
    ...victim,
    slots: victim.slots.filter(
      (slot) => slot.attack !== noAttack && slot.setting === '' && [baseline, own].some((name) => name === slot.defense),
    ),
  }));
  const rows = shown.flatMap(({ task, corpus, slots }) => {
    const isAlone = shown.filter((victim) => victim.task === task).length === 1;
    const title = isAlone ? tasks[task].title : `${tasks[task].title} on ${titleOf(corpus)}`;
    const attacks = [...new Set(slots.filter(({ filledBy }) => filledBy !== null).map(({ attack }) => attack))];
    return attacks.flatMap((attack) =>
      phases.map((phase) =>
        rowOf(
          slots.filter((slot) => slot.attack === attack),
          { comparedWith: family.comparedWith, task, attack },
          [title, titleOf(attack), phase.title],
          phase,
          reported,
        ),
      ),
    );
  });
  return {
    title: `${familyTitle(family)} (experiment ${family.experiment})`,
    stubs: ['Task', 'Attack', 'Phase'],
    columns: [
      { title: titleOf(baseline), quantity: null },
      { title: titleOf(own), quantity: null },
      { title: ratio.title, quantity: ratio },
    ],
    rows,
    notes: [
      'The paper’s seconds are of two Tesla V100, ours of the devices named below: only ratios compare. Ours: the mean over seeds of each seed’s ratio; ' +
        'the paper’s: our quotient of its two times.',
    ],
    provenance: provenanceOf(shown.flatMap(({ slots }) => slots)),
  };
}

function rowOf(
  slots: readonly Slot[],
  place: Omit<Parameters<typeof published>[2], 'defense'>,
  labels: readonly string[],
  phase: Quantity,
  reported: readonly Reported[],
): Row {
  const ofDefense = (defense: string): Slot[] => slots.filter((slot) => slot.defense === defense);
  const paper = (defense: string): Reported | null => published(reported, ['table-9'], { ...place, defense }, phase);
  const ratios = ofDefense(own).map((slot) =>
    withRatio(
      slot,
      ofDefense(baseline).find(({ seed }) => seed === slot.seed),
      phase,
    ),
  );
  return {
    labels,
    quantity: phase,
    cells: [
      ...[baseline, own].map((defense) => cellOf(ofDefense(defense), phase, paper(defense))),
      cellOf(ratios, ratio, quotient(paper(baseline), paper(own))),
    ],
  };
}

/** EliBadCode's slot with the ratio among its measurements, where both were timed. */
function withRatio(slot: Slot, other: Slot | undefined, phase: Quantity): Slot {
  const [ours, theirs] = [cellOf([slot], phase, null), cellOf(other === undefined ? [] : [other], phase, null)];
  const missing = theirs.missingBecause ?? ours.missingBecause;
  if (slot.filledBy === null || slot.filledBy.failedBecause !== null) return slot;
  const value = missing === null ? theirs.value! / ours.value! : null;
  const measurement = { metric: ratio.metric, subset: ratio.subset, value, hits: null, n: null, unmeasuredBecause: missing };
  return { ...slot, filledBy: { ...slot.filledBy, measurements: [...slot.filledBy.measurements, measurement] } };
}

function quotient(theirs: Reported | null, ours: Reported | null): Reported | null {
  if (theirs === null || ours === null) return null;
  const value = theirs.value === null || ours.value === null ? null : theirs.value / ours.value;
  return { ...theirs, metric: ratio.metric, value, unit: 'none', status: 'computed', note: 'quotient of two values of P Table 9' };
}
