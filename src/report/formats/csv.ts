/** Tables as CSV: one cell a row, numbers as computed, nothing rounded, for whoever computes further. */
import { formatCsv } from '../../store/index.ts';
import type { Cell, Table } from '../table.ts';

// prettier-ignore
const columns = [
  'table', 'row', 'column', 'metric', 'subset', 'unit', 'direction', 'value', 'hits', 'n', 'seeds', 'planned_seeds', 'low', 'high', 'interval', 'missing_because',
  'shortfall', 'reported_value', 'reported_unit', 'reported_status', 'reported_note', 'runs',
] as const;

export function csvOf(tables: readonly Table[]): string {
  return formatCsv(
    columns,
    tables.flatMap((table) =>
      table.rows.flatMap((row) =>
        row.cells.map((cell, at) => {
          const column = table.columns[at]!;
          // One of the two says what is measured, in every table; a column that has another quantity than its row says so itself.
          const { metric, subset, unit, direction } = (column.quantity ?? row.quantity)!;
          const place = [table.title, row.labels.join(' > '), column.title, metric, subset, unit, direction];
          return [...place, ...numbers(cell), ...beside(cell), cell.runs.join(' ')];
        }),
      ),
    ),
  );
}

function numbers({ value, hits, n, seeds, plannedSeeds, interval, missingBecause, shortfall }: Cell) {
  const bounds = [interval?.low ?? null, interval?.high ?? null, interval?.method ?? null];
  return [value, hits, n, seeds.join(' '), plannedSeeds, ...bounds, missingBecause, shortfall.join('; ')];
}

function beside({ reported }: Cell) {
  return [reported?.value ?? null, reported?.unit ?? null, reported?.status ?? null, reported?.note ?? null];
}
