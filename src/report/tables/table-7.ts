/** Table 7 (RQ4): do longer triggers get through? With the undefended model, without which a drop cannot be told from an attack that failed. */
import type { Reported } from '../../core/contracts.ts';
import { groupBy } from '../../core/group-by.ts';
import { triggersOf } from '../ablations.ts';
import { cellOf } from '../cells.ts';
import { familyTitle, provenanceOf, type TableMember } from '../grid.ts';
import { parseSetting } from '../sweep.ts';
import type { Family, Slot } from '../slots.ts';
import type { Row, Table } from '../table.ts';
import { type Quantity, tasks, titleOf } from '../vocabulary.ts';

export const table7: TableMember = {
  name: 'table-7',
  title: 'Table 7. Triggers of 5, 7 and 10 sub-tokens',
  build: ({ families, reported }) => families.map((family) => tableOf(family, reported)).filter((table) => table.rows.length > 0),
};

/** The paper's triggers, with the sub-tokens that it counts in them. */
const lengths: Readonly<Record<string, string>> = {
  testo_initRet: '5',
  testo_init_retVal: '7',
  testo_init_retVal_getFrame: '10',
};
const defenses = ['undefended', 'elibadcode'] as const;

interface Column {
  readonly corpus: string;
  readonly task: Slot['task'];
  readonly title: string;
  readonly quantity: Quantity;
}

function tableOf(family: Family, reported: readonly Reported[]): Table {
  const slots = family.victims.flatMap((victim) => victim.slots).filter((slot) => triggerOf(slot) !== null);
  const columns = family.victims
    .filter(({ corpus }) => slots.some((slot) => slot.corpus === corpus))
    .flatMap(({ task, corpus }): Column[] => {
      const { title, clean, attack, aboveFloor } = tasks[task];
      return [clean, attack, aboveFloor].map((quantity) => ({ corpus, task, quantity, title: `${title}: ${quantity.title}` }));
    });
  const bySize = [...groupBy(slots, (slot) => triggerOf(slot)!)].sort(([a], [b]) => Number(lengths[a]) - Number(lengths[b]));
  return {
    title: `${familyTitle(family)} (experiment ${family.experiment})`,
    stubs: ['Trigger', 'Sub-tokens', 'Defence', 'Inverted triggers'],
    columns: columns.map(({ title, quantity }) => ({ title, quantity })),
    rows: bySize.flatMap(([trigger, same]) => defenses.map((defense) => rowOf(trigger, defense, same, columns, family, reported))),
    notes: ['The paper names neither model nor attack; its accuracy fits CodeBERT, beside which its values stand.'],
    provenance: provenanceOf(slots),
  };
}

/** The trigger of an attack that differs from the experiment's first in nothing else; `null`: it is none of the paper's. */
function triggerOf({ setting, defense, filledBy }: Slot): string | null {
  const differing = parseSetting(setting);
  const trigger = differing.size === 1 ? differing.get('trigger') : undefined;
  const isShown = filledBy !== null && (defenses as readonly string[]).includes(defense);
  return isShown && trigger !== undefined && Object.hasOwn(lengths, trigger) ? trigger : null;
}

function rowOf(
  trigger: string,
  defense: string,
  same: readonly Slot[],
  columns: readonly Column[],
  { comparedWith }: Family,
  reported: readonly Reported[],
): Row {
  const own = same.filter((slot) => slot.defense === defense);
  const publishedAt = ({ task, quantity: { metric, paperSetting } }: Column): Reported | null =>
    reported.find(
      (r) =>
        r.exhibit === 'table-7' &&
        comparedWith === 'codebert' &&
        paperSetting === '' &&
        r.task === task &&
        r.defense === defense &&
        r.metric === metric &&
        r.setting === `trigger_length=${lengths[trigger]!}`,
    ) ?? null;
  return {
    labels: [trigger, lengths[trigger]!, titleOf(defense), triggersOf(own)],
    quantity: null,
    cells: columns.map((column) =>
      cellOf(
        own.filter(({ corpus }) => corpus === column.corpus),
        column.quantity,
        publishedAt(column),
      ),
    ),
  };
}
