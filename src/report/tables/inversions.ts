/** What trigger inversion found, run by run: the paper prints distances and times (Tables 6 and 9) but no trigger. */
import { cellOf } from '../cells.ts';
import { provenanceOf, published, type TableMember, victimTitle } from '../grid.ts';
import type { Row, Table } from '../table.ts';
import type { Reported } from '../../core/contracts.ts';
import type { Slot, VictimSlots } from '../slots.ts';
import { type Quantity, quantities, titleOf } from '../vocabulary.ts';

const { ld, bleu, epochFound, statistic, inversionSeconds, unlearningSeconds, peakMemory } = quantities;
const columns: readonly Quantity[] = [ld, bleu, epochFound, statistic, inversionSeconds, unlearningSeconds, peakMemory];

export const inversions: TableMember = {
  name: 'inversions',
  title: 'Inverted triggers, verdicts and times',
  build: ({ victims, reported }) => victims.map((victim) => tableOf(victim, reported)).filter((table) => table.rows.length > 0),
};

function tableOf(victim: VictimSlots, reported: readonly Reported[]): Table {
  const slots = victim.slots.filter(({ filledBy }) => filledBy?.notes['trigger'] !== undefined);
  return {
    title: `${victimTitle(victim)} (experiment ${victim.experiment})`,
    stubs: ['Attack', 'Defence', 'Setting', 'Seed', 'Inverted trigger', 'Verdict'],
    columns: columns.map((quantity) => ({ title: quantity.title, quantity })),
    rows: slots.map((slot) => rowOf(slot, reported)),
    notes: ['The paper names no seeds; its value stands beside each of ours.'],
    provenance: provenanceOf(slots),
  };
}

function rowOf(slot: Slot, reported: readonly Reported[]): Row {
  const { notes } = slot.filledBy!;
  return {
    labels: [titleOf(slot.attack), titleOf(slot.defense), slot.setting, String(slot.seed), notes['trigger']!, notes['verdict'] ?? ''],
    quantity: null,
    cells: columns.map((quantity) => cellOf([slot], quantity, published(reported, ['table-5', 'table-6', 'table-9'], slot, quantity))),
  };
}
