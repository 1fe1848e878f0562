/** The paper's comparison grids: rows attack > task > metric, columns defences, ours beside the published value in every cell. */
import type { Reported, TaskName } from '../core/contracts.ts';
import { cellOf } from './cells.ts';
import type { DefenseFacts } from './knowledge.ts';
import type { Pretraining } from './pretrainings.ts';
import type { Family, Slot, VictimSlots } from './slots.ts';
import type { Cell, Row, Table, TableProvenance } from './table.ts';
import { noAttack, paperAttacks, paperComparisons, paperDefenses, type Quantity, tasks, taskNames, titleOf } from './vocabulary.ts';

/** Everything a table or figure is made from. */
export interface ReportInput {
  /** Every victim on every corpus, and the same grouped by what one grid compares. */
  readonly victims: readonly VictimSlots[];
  readonly families: readonly Family[];
  readonly reported: readonly Reported[];
  /** What each defence is given. */
  readonly knowledge: readonly DefenseFacts[];
  /** Stand-ins for published models, as they were pretrained here. */
  readonly pretrainings: readonly Pretraining[];
}

/** What one table or figure of the paper asks; `name` = file name = catalogue name = name under results/. */
export interface TableMember {
  readonly name: string;
  readonly title: string;
  /** One table for each victim or family it says something about. */
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

export function gridOf(family: Family, reported: readonly Reported[], shape: GridShape): Table {
  const rowsOn = (place: Place, attack: string, quantities: readonly Quantity[]): Row[] =>
    quantities.map((quantity) => ({
      labels: [titleOf(attack), place.title, quantity.title],
      quantity,
      cells: shape.defenses.map((defense): Cell => {
        const own = place.slots.filter((slot) => slot.attack === attack && slot.defense === defense);
        const cell = { comparedWith: family.comparedWith, task: place.task, attack, defense };
        return cellOf(own, quantity, published(reported, shape.exhibits, cell, quantity), own.length === 0 ? 0 : place.plannedSeeds);
      }),
    }));
  const isPlanned = (place: Place, attack: string): boolean => place.slots.some((slot) => slot.attack === attack);
  const places = placesOf(family, shape);
  const cleanRows = places
    .filter((place) => shape.hasControls && isPlanned(place, noAttack))
    .flatMap((place) => rowsOn(place, noAttack, [tasks[place.task].clean]));
  const attackedRows = shape.attacks.flatMap((attack) =>
    places.flatMap((place) => {
      const { clean, attack: attacked, controls } = tasks[place.task];
      const isOurs = isPlanned(place, attack);
      const rows = rowsOn(place, attack, [clean, attacked, ...(isOurs && shape.hasControls ? controls : [])]);
      // Neither planned nor published: nothing that a reader could miss.
      return isOurs || rows.some((row) => row.cells.some((cell) => cell.reported !== null)) ? rows : [];
    }),
  );
  const slots = places.flatMap((place) => place.slots);
  return {
    title: `${familyTitle(family)} (experiment ${family.experiment})`,
    stubs: ['Attack', 'Task', 'Metric'],
    columns: shape.defenses.map((defense) => ({ title: titleOf(defense), quantity: null })),
    rows: [...cleanRows, ...attackedRows],
    notes: notesOn(family, slots),
    provenance: provenanceOf(slots),
  };
}

/** Rows of one task on one corpus. */
interface Place {
  readonly task: TaskName;
  readonly title: string;
  readonly slots: readonly Slot[];
  readonly plannedSeeds: number;
}

/** A task without runs keeps its place for the published values. */
function placesOf({ victims }: Family, shape: GridShape): Place[] {
  return taskNames.flatMap((task): Place[] => {
    const own = victims.filter((victim) => victim.task === task);
    if (own.length === 0) return [{ task, title: tasks[task].title, slots: [], plannedSeeds: 0 }];
    return own.map((victim) => {
      // A variant (another rate, a sweep) is not the cell of this name; only default settings stand here.
      const slots = victim.slots.filter((slot) => slot.setting === '' && isShown(slot, shape));
      const title = own.length === 1 ? tasks[task].title : `${tasks[task].title} on ${titleOf(victim.corpus)}`;
      return { task, title, slots, plannedSeeds: new Set(slots.map((slot) => slot.seed)).size };
    });
  });
}

/** Tables 1 and 8: all attacks and defences of each family, the paper's first, with the controls that the paper lacks. */
export function comparisonTables({ families, reported }: Pick<ReportInput, 'families' | 'reported'>, exhibits: readonly string[]): Table[] {
  return families.map((family) => {
    const slots = family.victims.flatMap((victim) => victim.slots);
    return gridOf(family, reported, {
      attacks: paperFirst(
        paperAttacks,
        slots.map(({ attack }) => attack),
      ),
      defenses: paperFirst(
        paperDefenses,
        slots.map(({ defense }) => defense),
      ),
      hasControls: true,
      exhibits,
    });
  });
}

/** Tables 2 and 3: fine-tuning between the columns of Tables 1 and 8 that belong beside it (exhibits.md 4). */
export function fineTuningTables({ families, reported }: ReportInput, attack: string, exhibit: string): Table[] {
  return families
    .filter(({ victims }) => victims.some((victim) => victim.slots.some((slot) => slot.attack === attack)))
    .map((family) =>
      gridOf(family, reported, {
        attacks: [attack],
        defenses: ['undefended', 'fine-tuning', 'elibadcode'],
        hasControls: false,
        exhibits: [exhibit, ...paperComparisons],
      }),
    );
}

/** `roberta-tiny (scratch) on synthetic-defect, beside CodeBERT`. */
export function victimTitle(victim: Omit<VictimSlots, 'slots'>): string {
  return titleOn([victim.corpus], victim);
}

/** `roberta-tiny (scratch) on synthetic-defect, synthetic-clone and synthetic-search, beside CodeBERT`. */
export function familyTitle(family: Family): string {
  return titleOn(
    family.victims.map(({ corpus }) => corpus),
    family,
  );
}

function titleOn(corpora: readonly string[], { model, weights, comparedWith }: Pick<Family, 'model' | 'weights' | 'comparedWith'>): string {
  const names = [...new Set(corpora)].map(titleOf);
  const list = [names.slice(0, -1).join(', '), names.at(-1)!].filter((part) => part !== '').join(' and ');
  return `${model} (${weights}) on ${list}${comparedWith === null ? '' : `, beside ${titleOf(comparedWith)}`}`;
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

/** What a reader of a table of default settings must know of the runs that it shows, and of those it leaves out. */
export function notesOn({ victims }: Family, shown: readonly Slot[]): string[] {
  const variants = victims.flatMap((victim) => victim.slots).filter((slot) => slot.setting !== '' && slot.filledBy !== null).length;
  const stale = shown.filter((slot) => slot.isStale).length;
  return [
    ...(variants === 0 ? [] : [`Runs with other settings than the defaults stand in the table of variants: ${variants}.`]),
    ...(stale === 0 ? [] : [`Runs measured under another key than the plan gives now (other code, engine or corpus files): ${stale}.`]),
  ];
}
