/** Cells measured with other settings than the grid's own: ablations, sweeps, and what a setting had to be changed for. */
import { cellOf } from '../cells.ts';
import { provenanceOf, type TableMember, victimTitle } from '../grid.ts';
import type { Slot, VictimSlots } from '../slots.ts';
import type { Row, Table } from '../table.ts';
import { groupBy } from '../../core/group-by.ts';
import { type Quantity, tasks, titleOf } from '../vocabulary.ts';

export const variants: TableMember = {
  name: 'variants',
  title: 'Other settings than those of Table 1',
  build: ({ victims }) => victims.map(tableOf).filter((table) => table.rows.length > 0),
};

function tableOf(victim: VictimSlots): Table {
  const slots = victim.slots.filter(({ setting, filledBy }) => setting !== '' && filledBy !== null);
  const { clean, attack, controls } = tasks[victim.task];
  const columns = [clean, attack, ...controls];
  const cells = groupBy(slots, (slot) => JSON.stringify([slot.attack, slot.defense, slot.setting]));
  return {
    title: `${victimTitle(victim)} (experiment ${victim.experiment})`,
    stubs: ['Attack', 'Defence', 'Setting'],
    columns: columns.map((quantity) => ({ title: quantity.title, quantity })),
    rows: [...cells.values()].map((same) => rowOf(same, columns)),
    notes: [],
    provenance: provenanceOf(slots),
  };
}

function rowOf(slots: readonly Slot[], columns: readonly Quantity[]): Row {
  const { attack, defense, setting } = slots[0]!;
  return {
    labels: [titleOf(attack), titleOf(defense), setting],
    quantity: null,
    cells: columns.map((quantity) => cellOf(slots, quantity, null)),
  };
}
