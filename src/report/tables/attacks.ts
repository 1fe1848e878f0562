/** Attacks before any defence: how strong each is on each task, what it costs on clean inputs, and what was done to the training data. */
import type { Reported } from '../../core/contracts.ts';
import { groupBy } from '../../core/group-by.ts';
import { cellOf } from '../cells.ts';
import { familyTitle, provenanceOf, published, type TableMember, victimTitle } from '../grid.ts';
import { type Family, inOrder, type Slot, type VictimSlots } from '../slots.ts';
import type { Cell, Table } from '../table.ts';
import { noAttack, paperComparisons, type Quantity, quantities, tasks, titleOf } from '../vocabulary.ts';

/** Table 4 has the clean models. */
const exhibits = [...paperComparisons, 'table-4'];
const { poisoned, poisonUnits, poisonCarriers, poisonSamples, poisonShare, poisonRelabelled, parseKept } = quantities;
const poisoning = [poisoned, poisonUnits, poisonCarriers, poisonSamples, poisonShare, poisonRelabelled, parseKept];

export const attacks: TableMember = {
  name: 'attacks',
  title: 'Attacks before any defence',
  build: ({ families, reported }) =>
    families.flatMap((family) => {
      const attacked = family.victims.filter((victim) => attackedSlots(victim).length > 0);
      const matrix = attacked.length > 1 ? [matrixOf({ ...family, victims: attacked }, reported)] : [];
      return [...matrix, ...attacked.map((victim) => detailsOf(victim, reported))];
    }),
};

/** Rows attacks, columns tasks. */
function matrixOf(family: Family, reported: readonly Reported[]): Table {
  const columns = family.victims.flatMap((victim) => {
    const { title, attack, aboveFloor } = tasks[victim.task];
    const isAlone = family.victims.filter(({ task }) => task === victim.task).length === 1;
    const place = isAlone ? title : `${title} on ${titleOf(victim.corpus)}`;
    return [attack, aboveFloor].map((quantity) => ({ victim, quantity, title: `${place}: ${quantity.title}` }));
  });
  const slots = inOrder(family.victims.flatMap(attackedSlots));
  return {
    title: `Attack × task: ${familyTitle(family)} (experiment ${family.experiment})`,
    stubs: ['Attack', 'Setting'],
    columns: columns.map(({ title, quantity }) => ({ title, quantity })),
    rows: byAttack(slots).map((same) => ({
      labels: labelsOf(same[0]!),
      quantity: null,
      cells: columns.map(({ victim, quantity }) => {
        const own = same.filter((slot) => slot.task === victim.task && slot.corpus === victim.corpus);
        return besidePaper(own, { ...same[0]!, task: victim.task }, quantity, reported);
      }),
    })),
    notes: [],
    provenance: provenanceOf(slots),
  };
}

/** One task: rows attacks, columns what they do to the model and did to its training data. */
function detailsOf(victim: VictimSlots, reported: readonly Reported[]): Table {
  const { title, clean, attack, floor, aboveFloor, carriers } = tasks[victim.task];
  const cleanModel = victim.slots.filter((slot) => slot.attack === noAttack && slot.defense === undefended && slot.setting === '');
  const slots = attackedSlots(victim);
  const ofVictim = [attack, floor, aboveFloor, ...poisoning, carriers];
  return {
    title: `${title}: ${victimTitle(victim)} (experiment ${victim.experiment})`,
    stubs: ['Attack', 'Setting'],
    columns: [clean, { ...clean, title: `clean model: ${clean.title}` }, ...ofVictim].map((quantity) => ({
      title: quantity.title,
      quantity,
    })),
    rows: byAttack(slots).map((same) => ({
      labels: labelsOf(same[0]!),
      quantity: null,
      cells: [
        besidePaper(same, same[0]!, clean, reported),
        besidePaper(cleanModel, { ...same[0]!, attack: noAttack, setting: '' }, clean, reported),
        ...ofVictim.map((quantity) => besidePaper(same, same[0]!, quantity, reported)),
      ],
    })),
    notes: [
      'Units are samples of the training split, for clone detection functions, which may stand in many samples. Carriers are what the ' +
        'attack is after and can carry the trigger. Parse kept: of the test programs with the trigger in, those without new errors.',
    ],
    provenance: provenanceOf([...cleanModel, ...slots]),
  };
}

const undefended = 'undefended';

function attackedSlots({ slots }: VictimSlots): Slot[] {
  return slots.filter((slot) => slot.attack !== noAttack && slot.defense === undefended);
}

function byAttack(slots: readonly Slot[]): Slot[][] {
  return [...groupBy(slots, ({ attack, setting }) => JSON.stringify([attack, setting])).values()];
}

function labelsOf({ attack, setting }: Slot): string[] {
  return [titleOf(attack), setting];
}

/** The paper has each attack in one setting, its own; beside a variant of ours it says nothing. */
function besidePaper(slots: readonly Slot[], place: Omit<Slot, 'filledBy'>, quantity: Quantity, reported: readonly Reported[]): Cell {
  return cellOf(slots, quantity, place.setting === '' ? published(reported, exhibits, place, quantity) : null);
}
