/** The numbers of Figures 5, 7, 8, 11, 12, 13, and of the iterations, which the paper varies in its text alone. */
import type { Reported } from '../../core/contracts.ts';
import { cellOf } from '../cells.ts';
import { provenanceOf, type TableMember, victimTitle } from '../grid.ts';
import type { VictimSlots } from '../slots.ts';
import { sweeps, sweptAttacks } from '../sweep.ts';
import type { Table } from '../table.ts';
import { quantities, tasks, titleOf } from '../vocabulary.ts';

export const sweepTable: TableMember = {
  name: 'sweeps',
  title: 'EliBadCode over its settings (Figures 5, 7, 8, 11, 12, 13)',
  build: ({ victims, reported }) => victims.map((victim) => tableOf(victim, reported)).filter((table) => table.rows.length > 0),
};

function tableOf(victim: VictimSlots, reported: readonly Reported[]): Table {
  const { clean, attack, aboveFloor, reverse } = tasks[victim.task];
  const { epochFound, inversionLoss, inversionSeconds } = quantities;
  const columns = [clean, attack, aboveFloor, ...(reverse === null ? [] : [reverse]), epochFound, inversionLoss, inversionSeconds];
  const swept = Object.values(sweeps).flatMap((sweep) => sweptAttacks(victim, sweep, reported).map((one) => ({ sweep, ...one })));
  return {
    title: `${victimTitle(victim)} (experiment ${victim.experiment})`,
    stubs: ['Attack', 'Figure', 'Setting', 'Value'],
    columns: columns.map((quantity) => ({ title: quantity.title, quantity })),
    rows: swept.flatMap(({ sweep, attack, points }) =>
      points.map(({ value, slots, reported: row }) => ({
        labels: [titleOf(attack), sweep.exhibit?.replace('figure-', '') ?? 'text', sweep.title, value],
        quantity: null,
        // Of quantities of one metric the paper has the one it prints elsewhere too.
        cells: columns.map((quantity) => cellOf(slots, quantity, quantity.paperSetting === null ? null : (row[quantity.metric] ?? null))),
      })),
    ),
    notes: ['A setting’s row without our value: the paper’s alone. 100 epochs in the paper: not found, as it draws it.'],
    provenance: provenanceOf(swept.flatMap(({ points }) => points.flatMap(({ slots }) => slots))),
  };
}
