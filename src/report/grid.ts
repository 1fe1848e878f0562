/** The paper's comparison grids: rows attack > task > metric, columns defences, ours beside the published value in every cell. */
import type { Reported, TaskName } from '../core/contracts.ts';
import { cellOf } from './cells.ts';
import type { Slot, VictimSlots } from './slots.ts';
import type { Cell, Row, Table, TableProvenance } from './table.ts';
import { noAttack, type Quantity, tasks, taskNames, titleOf } from './vocabulary.ts';

/** Everything a table or figure is made from. */
export interface ReportInput {
  readonly victims: readonly VictimSlots[];
  readonly reported: readonly Reported[];
}

/** What one table or figure of the paper asks; `name` = file name = catalogue name = name under results/. */
export interface TableMember {
  readonly name: string;
  readonly title: string;
  /** One table for each victim it says something about. */
  readonly build: (input: ReportInput) => Table[];
}

export interface GridShape {
  readonly attacks: readonly string[];
  readonly defenses: readonly string[];
  /** Whether rows for the clean model and for what the paper lacks are added where there are runs. */
  readonly hasControls: boolean;
  /** Exhibits whose numbers stand beside ours. */
  readonly exhibits: readonly string[];
}

export function gridOf(victim: VictimSlots, reported: readonly Reported[], shape: GridShape): Table {
  // A variant (another rate, a sweep) is not the cell of this name; only default settings stand here.
  const slots = victim.slots.filter((slot) => slot.setting === '' && isShown(slot, shape));
  const plannedSeeds = new Set(slots.map((slot) => slot.seed)).size;

  const rowOf = (attack: string, task: TaskName, quantity: Quantity): Row => {
    const cells = shape.defenses.map((defense): Cell => {
      const own = slots.filter((slot) => slot.attack === attack && slot.task === task && slot.defense === defense);
      const beside = published(reported, shape.exhibits, { comparedWith: victim.comparedWith, task, attack, defense }, quantity);
      return cellOf(own, quantity, beside, own.length === 0 ? 0 : plannedSeeds);
    });
    return {
      labels: [titleOf(attack), tasks[task].title, quantity.title],
      quantity,
      cells,
    };
  };
  const isMeasured = (attack: string, task: TaskName): boolean =>
    shape.hasControls && slots.some((slot) => slot.attack === attack && slot.task === task);
  const rows = [
    ...taskNames.filter((task) => isMeasured(noAttack, task)).map((task) => rowOf(noAttack, task, tasks[task].clean)),
    ...shape.attacks.flatMap((attack) =>
      taskNames.flatMap((task) => {
        const { clean, attack: attacked, controls } = tasks[task];
        return [clean, attacked, ...(isMeasured(attack, task) ? controls : [])].map((quantity) => rowOf(attack, task, quantity));
      }),
    ),
  ];
  return {
    title: `${victimTitle(victim)} (experiment ${victim.experiment})`,
    stubs: ['Attack', 'Task', 'Metric'],
    columns: shape.defenses.map((defense) => ({ title: titleOf(defense), quantity: null })),
    rows,
    notes: notesOn(victim, slots),
    provenance: provenanceOf(slots),
  };
}

/** Tables 2 and 3: fine-tuning between the columns of Table 1 that belong beside it (exhibits.md 4). */
export function fineTuningTables({ victims, reported }: ReportInput, attack: string, exhibit: string): Table[] {
  return victims
    .filter((victim) => victim.slots.some((slot) => slot.attack === attack))
    .map((victim) =>
      gridOf(victim, reported, {
        attacks: [attack],
        defenses: ['undefended', 'fine-tuning', 'elibadcode'],
        hasControls: false,
        exhibits: [exhibit, 'table-1'],
      }),
    );
}

/** `roberta-tiny (scratch) on synthetic-defect, beside CodeBERT`. */
export function victimTitle({ model, weights, corpus, comparedWith }: Omit<VictimSlots, 'slots'>): string {
  return `${model} (${weights}) on ${corpus}${comparedWith === null ? '' : `, beside ${titleOf(comparedWith)}`}`;
}

/** The paper's attacks or defences first, in its order, then whatever else was planned. */
export function paperFirst(paper: readonly string[], planned: readonly string[]): string[] {
  return [...new Set([...paper, ...planned.filter((name) => name !== noAttack)])];
}

export function provenanceOf(slots: readonly Slot[]): TableProvenance {
  const runs = slots.flatMap(({ filledBy }) => filledBy ?? []);
  const all = (pick: (run: (typeof runs)[number]) => readonly string[]): string[] => [...new Set(runs.flatMap(pick))].sort();
  const dirty = runs.map((run) => run.provenance.dirty).filter((fact) => fact !== null);
  return {
    runs: all((run) => [run.run]),
    commits: all((run) => run.provenance.commits),
    dirty: dirty.length === 0 ? null : dirty.includes(true),
    devices: all((run) => run.provenance.devices),
  };
}

/** The published value of a cell; what only the first arXiv version printed is taken where the paper dropped it. */
export function published(
  reported: readonly Reported[],
  exhibits: readonly string[],
  cell: { readonly comparedWith: string | null; readonly task: TaskName; readonly attack: string; readonly defense: string },
  { metric, paperSetting }: Quantity,
): Reported | null {
  const rows = reported.filter(
    (r) =>
      exhibits.includes(r.exhibit) &&
      r.model === cell.comparedWith &&
      r.task === cell.task &&
      r.attack === cell.attack &&
      r.defense === cell.defense &&
      r.metric === metric &&
      r.setting === paperSetting,
  );
  return rows.find((r) => r.status === 'printed') ?? rows.find((r) => r.status === 'printed-v1') ?? null;
}

function isShown(slot: Slot, { attacks, defenses, hasControls }: GridShape): boolean {
  return defenses.includes(slot.defense) && (attacks.includes(slot.attack) || (hasControls && slot.attack === noAttack));
}

function notesOn(victim: VictimSlots, shown: readonly Slot[]): string[] {
  const variants = victim.slots.filter((slot) => slot.setting !== '' && slot.filledBy !== null).length;
  const stale = shown.filter((slot) => slot.isStale).length;
  return [
    ...(variants === 0 ? [] : [`Runs with other settings than the defaults stand in the table of variants: ${variants}.`]),
    ...(stale === 0 ? [] : [`Runs measured under another key than the plan gives now (other code, engine or corpus files): ${stale}.`]),
  ];
}
