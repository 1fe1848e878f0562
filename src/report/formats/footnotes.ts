/** Reasons too long for a cell, lettered in the order of their first appearance. */
import type { Cell } from '../table.ts';
import { formatCounts, formatInterval, formatValue, shortReason } from './numbers.ts';

export interface Footnotes {
  /** The mark of a reason: `a`, `b`, … `z`, `aa`. */
  markOf(reason: string): string;
  all(): readonly { readonly mark: string; readonly text: string }[];
}

export function makeFootnotes(): Footnotes {
  const reasons: string[] = [];
  const mark = (index: number): string => (index < 26 ? '' : mark(Math.floor(index / 26) - 1)) + String.fromCharCode(97 + (index % 26));
  return {
    markOf(reason) {
      if (!reasons.includes(reason)) reasons.push(reason);
      return mark(reasons.indexOf(reason));
    },
    all: () => reasons.map((text, index) => ({ mark: mark(index), text })),
  };
}

/** A cell in words: the value with what stands behind it, or why there is none. `mark` is a footnote's. */
export interface CellText {
  readonly value: string;
  readonly interval: string | null;
  readonly counts: string | null;
  readonly mark: string | null;
}

export function cellText(cell: Cell, footnotes: Footnotes): CellText {
  if (cell.value === null) {
    const { label, detail } = shortReason(cell.missingBecause!);
    return { value: label, interval: null, counts: null, mark: detail === null ? null : footnotes.markOf(detail) };
  }
  return {
    value: formatValue(cell.value, cell.unit),
    interval: formatInterval(cell),
    counts: formatCounts(cell),
    mark: cell.shortfall.length === 0 ? null : footnotes.markOf(cell.shortfall.join('; ')),
  };
}
