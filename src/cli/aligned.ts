/** Columns of text for a terminal. */

/** A line a row, indented; each column as wide as its widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => `  ${cells.map((text, column) => text.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}
