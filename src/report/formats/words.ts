/** Sentences that every format shares: headings, where a table comes from, how to read it. */
import { dash } from '../cells.ts';
import { besideOf, type Row, type Table, type TableProvenance } from '../table.ts';
import type { Quantity } from '../vocabulary.ts';
import { unitSign } from './numbers.ts';

/** `ASR % ↓`: the arrow says which way is better. */
export function heading(title: string, quantity: Pick<Quantity, 'unit' | 'direction'> | null): string {
  if (quantity === null) return title;
  const arrow = quantity.direction === 'higher' ? '↑' : quantity.direction === 'lower' ? '↓' : '';
  const sign = unitSign(quantity.unit);
  const named = sign === '' ? title : sign === '%' ? `${title} %` : `${title}, ${sign}`;
  return arrow === '' ? named : `${named} ${arrow}`;
}

/** A row's labels, the last with unit and arrow where the row has one metric. */
export function rowLabels({ labels, quantity }: Row): string[] {
  return labels.map((label, at) => (at === labels.length - 1 ? heading(label, quantity) : label));
}

/** Leading labels that repeat the row above are left out. */
export function withoutRepeats(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((labels, at) => {
    const above = rows[at - 1];
    const firstNew = above === undefined ? 0 : labels.findIndex((label, column) => label !== above[column]);
    // The last label names the row and always stands.
    return labels.map((label, column) => (column < Math.min(firstNew, labels.length - 1) ? '' : label));
  });
}

export function howToRead(table: Table): string {
  const beside = besideOf(table).includes(true)
    ? ` Beside each of our values stands the paper’s, for its own model and corpus; ${dash}: the paper prints a dash; empty: it has no such number.`
    : '';
  const isDice = [...table.rows, ...table.columns].some(({ quantity }) => quantity?.counts === 'dice');
  const dice = isDice ? ' Of F1: 2·tp/(2·tp + fp + fn); its interval is that of tp/(tp + fp + fn), converted.' : '';
  return (
    '↑ higher, ↓ lower is better for the defender. [low, high]: 95 %, Wilson’s for one run, percentile bootstrap over seeds for several. ' +
    `Behind it hits/samples, samples alone of a mean, or seeds × samples.${dice}${beside}`
  );
}

export function provenanceLine({ runs, commits, dirty, devices }: TableProvenance): string {
  if (runs.length === 0) return 'No runs.';
  const commit = commits.length === 0 ? 'commit unknown' : `commit ${commits.map((hash) => hash.slice(0, 12)).join(', ')}`;
  const state = dirty === null ? '' : dirty ? ' with uncommitted changes' : '';
  return `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}; ${commit}${state}; computed on ${devices.join(', ') || 'an unknown device'}.`;
}
