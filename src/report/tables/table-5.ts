/** Table 5 (RQ2): what does each part of EliBadCode contribute? With the triggers, which the paper does not print. */
import type { Reported } from '../../core/contracts.ts';
import { type Ablation, ablationsOf, triggersOf } from '../ablations.ts';
import { cellOf } from '../cells.ts';
import { provenanceOf, published, type TableMember, victimTitle } from '../grid.ts';
import type { VictimSlots } from '../slots.ts';
import type { Row, Table } from '../table.ts';
import { noAttack, type Quantity, quantities, tasks, titleOf } from '../vocabulary.ts';

export const table5: TableMember = {
  name: 'table-5',
  title: 'Table 5. EliBadCode without its parts',
  build: ({ victims, reported }) => victims.map((victim) => tableOf(victim, reported)).filter((table) => table.rows.length > 0),
};

function tableOf(victim: VictimSlots, reported: readonly Reported[]): Table {
  const { clean, attack, aboveFloor, reverse } = tasks[victim.task];
  const { epochFound, inversionLoss, ld, bleu } = quantities;
  const columns = [clean, attack, aboveFloor, ...(reverse === null ? [] : [reverse]), epochFound, inversionLoss, ld, bleu];
  const ablations = ablationsOf(victim.slots).filter((ablation) => ablation.attack !== noAttack);
  return {
    title: `${tasks[victim.task].title}: ${victimTitle(victim)} (experiment ${victim.experiment})`,
    stubs: ['Attack', 'Variant', 'Inverted triggers'],
    columns: columns.map((quantity) => ({ title: quantity.title, quantity })),
    rows: ablations.map((ablation) => rowOf(ablation, columns, victim, reported)),
    notes: ['Epochs, LD and BLEU stand in the paper’s first version alone; a low inversion loss is no proof of a found trigger.'],
    provenance: provenanceOf(ablations.flatMap(({ slots }) => slots)),
  };
}

function rowOf(ablation: Ablation, columns: readonly Quantity[], victim: VictimSlots, reported: readonly Reported[]): Row {
  const { attack, defense, title, slots } = ablation;
  const place = { comparedWith: victim.comparedWith, task: victim.task, attack, defense };
  return {
    labels: [titleOf(attack), title, triggersOf(slots)],
    quantity: null,
    cells: columns.map((quantity) => cellOf(slots, quantity, published(reported, ['table-5'], place, quantity))),
  };
}
