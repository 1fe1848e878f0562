/** What defences of data and of inputs single out: recall, false alarms and the trigger's words, over samples. */
import { groupBy } from '../../core/group-by.ts';
import { cellOf } from '../cells.ts';
import { familyTitle, provenanceOf } from '../grid.ts';
import type { Family, Slot, VictimSlots } from '../slots.ts';
import type { Table } from '../table.ts';
import { quantities, tasks, titleOf } from '../vocabulary.ts';

const { detectionRecall, detectionFpr, detectionPrecision, detectionF1, detectionAuc, triggerWordsRemoved, cleanWordsRemoved } = quantities;
const columns = [
  detectionRecall,
  detectionFpr,
  detectionPrecision,
  detectionF1,
  detectionAuc,
  triggerWordsRemoved,
  cleanWordsRemoved,
] as const;

export function filtersTable(family: Family): Table[] {
  const groups = family.victims.flatMap((victim) => [...cellsOf(victim).values()]);
  if (groups.length === 0) return [];
  const slots = groups.flat();
  return [
    {
      title: `Samples and inputs singled out: ${familyTitle(family)} (experiment ${family.experiment})`,
      stubs: ['Task', 'Corpus', 'Attack', 'Defence', 'Setting'],
      columns: columns.map((column) => ({ title: column.title, quantity: column })),
      rows: groups.map((same) => {
        const { task, corpus, attack, defense, setting } = same[0]!;
        return {
          labels: [tasks[task].title, titleOf(corpus), titleOf(attack), titleOf(defense), setting],
          quantity: null,
          cells: columns.map((column) => cellOf(same, column, null)),
        };
      }),
      notes: [
        'Of a defence of the data: training samples, poisoned or not, and those it leaves out. Of a filter of inputs: test samples, clean, ' +
          'and once more with the trigger in where they carry it, and those of which it takes words away; of a pair, words of both programs. The AUC pools scores over labels, where spectral signature and activation clustering score ' +
          'within each label: their scores of different labels need not be comparable.',
      ],
      provenance: provenanceOf(slots),
    },
  ];
}

/** Runs of defences that single something out, together with those of their places that failed or were not run. */
function cellsOf({ slots }: VictimSlots): Map<string, Slot[]> {
  const singlesOut = (slot: Slot): boolean => slot.filledBy?.measurements.some(({ metric }) => metric === detectionFpr.metric) === true;
  const filters = new Set(slots.filter(singlesOut).map(({ defense }) => defense));
  const own = groupBy(
    slots.filter(({ defense }) => filters.has(defense)),
    ({ attack, defense, setting }) => JSON.stringify([attack, defense, setting]),
  );
  return new Map([...own].filter(([, same]) => same.some(singlesOut)));
}
