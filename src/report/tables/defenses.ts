/** All defences side by side: what each leaves of the attack, what it costs, whether their order is the paper's, and how sure that is. */
import type { Reported } from '../../core/contracts.ts';
import { cellOf } from '../cells.ts';
import { familyTitle, notesOn, provenanceOf, published, type TableMember } from '../grid.ts';
import { type DefenseFacts, isDefense, sentenceOf } from '../knowledge.ts';
import type { Family } from '../slots.ts';
import type { Row, Table } from '../table.ts';
import { paperComparisons, quantities, tasks, titleOf } from '../vocabulary.ts';
import { orderTable } from './defenses-order.ts';
import { pairedTable } from './defenses-paired.ts';
import { type ComparedScene, ranDefenses, scenesOf, slotsOf } from './defenses-scenes.ts';

/** Fine-tuning is Tables 2 and 3 of the paper. */
const exhibits = [...paperComparisons, 'table-2', 'table-3'];

export const defenses: TableMember = {
  name: 'defenses',
  title: 'Defences compared',
  build: ({ families, reported, knowledge }) =>
    families.flatMap((family) => {
      const scenes = scenesOf(family);
      if (scenes.length === 0) return [];
      const place = `${familyTitle(family)} (experiment ${family.experiment})`;
      return [
        comparison(family, scenes, place, reported, knowledge),
        ...orderTable(scenes, place, (scene, defense) => besideOurs(family, scene, defense, tasks[scene.task].attack, reported)),
        ...pairedTable(scenes, place),
      ];
    }),
};

function comparison(
  family: Family,
  scenes: readonly ComparedScene[],
  place: string,
  reported: readonly Reported[],
  knowledge: readonly DefenseFacts[],
): Table {
  const slots = scenes.flatMap((scene) => scene.slots);
  const names = ranDefenses(slots);
  return {
    title: place,
    stubs: ['Task', 'Attack', 'Metric'],
    columns: names.map((name) => ({ title: titleOf(name), quantity: null })),
    rows: scenes.flatMap((scene) => rowsOf(family, scene, names, reported)),
    notes: [
      'Seconds: all phases of a defence, of its retraining and of cleaning both test sets; not the training of the victim, nor the clean models that a ' +
        'verdict is calibrated on. A phase that the cache held counts with the time it took when it was computed.',
      ...names.flatMap((name) =>
        knowledge.filter((facts) => facts.name === name && isDefense(facts)).map((facts) => `${titleOf(name)} ${sentenceOf(facts)}.`),
      ),
      ...notesOn(family, slots),
    ],
    provenance: provenanceOf(slots),
  };
}

function rowsOf(family: Family, scene: ComparedScene, names: readonly string[], reported: readonly Reported[]): Row[] {
  const { clean, attack, aboveFloor, reverse } = tasks[scene.task];
  const shown = [clean, attack, aboveFloor, ...(reverse === null ? [] : [reverse]), quantities.defenseSeconds];
  return shown.map((quantity) => ({
    labels: [scene.title, titleOf(scene.attack), quantity.title],
    quantity,
    cells: names.map((name) => {
      const own = slotsOf(scene, name);
      const planned = own.length === 0 ? 0 : scene.plannedSeeds;
      return cellOf(own, quantity, besideOurs(family, scene, name, quantity, reported), planned);
    }),
  }));
}

function besideOurs(
  { comparedWith }: Family,
  { task, attack }: ComparedScene,
  defense: string,
  quantity: Parameters<typeof published>[3],
  reported: readonly Reported[],
): Reported | null {
  return published(reported, exhibits, { comparedWith, task, attack, defense }, quantity);
}
