/** Table 6 (RQ2): how close is the inverted trigger to the true one, by DBS, without anchoring, by EliBadCode? With the triggers. */
import type { Reported } from '../../core/contracts.ts';
import { type Ablation, ablationsOf, triggersOf } from '../ablations.ts';
import { cellOf } from '../cells.ts';
import { provenanceOf, published, type TableMember, familyTitle } from '../grid.ts';
import type { Family, VictimSlots } from '../slots.ts';
import type { Row, Table } from '../table.ts';
import { quantities, tasks, titleOf } from '../vocabulary.ts';

const attack = 'codepoisoner';
const { ld, bleu } = quantities;

export const table6: TableMember = {
  name: 'table-6',
  title: 'Table 6. The inverted trigger against the true one, CodePoisoner',
  build: ({ families, reported }) => families.map((family) => tableOf(family, reported)).filter((table) => table.rows.length > 0),
};

function tableOf(family: Family, reported: readonly Reported[]): Table {
  const compared = family.victims.map((victim) => ({ victim, variants: variantsOf(victim) }));
  return {
    title: `${familyTitle(family)} (experiment ${family.experiment})`,
    stubs: ['Task', 'Defence', 'Inverted triggers'],
    columns: [ld, bleu].map((quantity) => ({ title: quantity.title, quantity })),
    rows: compared.flatMap(({ victim, variants }) => variants.map((variant) => rowOf(victim, variant, reported))),
    notes: ['The paper names its model for defect detection only, and prints no trigger.'],
    provenance: provenanceOf(compared.flatMap(({ variants }) => variants.flatMap(({ slots }) => slots))),
  };
}

/** What inverts a trigger, in the paper's order; none where there is nothing to compare EliBadCode with. */
function variantsOf(victim: VictimSlots): Ablation[] {
  const own = victim.slots.filter((slot) => slot.attack === attack);
  const isShown = ({ defense }: Ablation): boolean => ['elibadcode', 'elibadcode-without-anchoring'].includes(defense);
  const others = ablationsOf(own).filter(isShown);
  const slots = own.filter(({ defense, setting, filledBy }) => defense === 'dbs' && setting === '' && filledBy !== null);
  const dbs = slots.length === 0 ? [] : [{ attack, defense: 'dbs', title: titleOf('dbs'), slots }];
  const variants = [...dbs, ...others];
  return variants.length > 1 ? variants : [];
}

function rowOf({ comparedWith, task, corpus }: VictimSlots, { defense, title, slots }: Ablation, reported: readonly Reported[]): Row {
  return {
    labels: [`${tasks[task].title} on ${titleOf(corpus)}`, title, triggersOf(slots)],
    quantity: null,
    cells: [ld, bleu].map((quantity) =>
      cellOf(slots, quantity, published(reported, ['table-6'], { comparedWith, task, attack, defense }, quantity)),
    ),
  };
}
