/** Tables as Markdown: our columns and the paper's side by side. */
import { besideOf, type Table } from '../table.ts';
import { type CellText, cellText, makeFootnotes } from './footnotes.ts';
import { formatReported } from './numbers.ts';
import { heading, howToRead, provenanceLine, rowLabels, withoutRepeats } from './words.ts';

export function markdownOf(title: string, tables: readonly Table[]): string {
  const body = tables.length === 0 ? ['No runs to show.'] : tables.map(section);
  return `${[`# ${title}`, ...body].join('\n\n')}\n`;
}

function section(table: Table): string {
  const footnotes = makeFootnotes();
  const beside = besideOf(table);
  const head = [
    ...table.stubs,
    ...table.columns.flatMap((column, at) => [heading(column.title, column.quantity), ...(beside[at] === true ? ['paper'] : [])]),
  ];
  const labels = withoutRepeats(table.rows.map(rowLabels));
  const rows = table.rows.map((row, at) => [
    ...labels[at]!,
    ...row.cells.flatMap((cell, column) => [
      inWords(cellText(cell, footnotes)),
      ...(beside[column] === true ? [formatReported(cell.reported)] : []),
    ]),
  ]);
  const lines = [head, head.map((_, column) => (column < table.stubs.length ? '---' : '--:')), ...rows].map(
    (fields) => `| ${fields.map(escaped).join(' | ')} |`,
  );
  const notes = footnotes.all().map(({ mark, text }) => `[${mark}] ${text}`);
  return [
    `## ${table.title}`,
    lines.join('\n'),
    [...notes, ...table.notes, howToRead(table), provenanceLine(table.provenance)].map((note) => `- ${escaped(note)}`).join('\n'),
    `<details><summary>Run keys</summary>\n\n${table.provenance.runs.map((run) => `\`${run}\``).join(' ')}\n\n</details>`,
  ].join('\n\n');
}

function inWords({ value, interval, counts, mark }: CellText): string {
  return [value, interval === null ? '' : `[${interval}]`, counts === null ? '' : `(${counts})`, mark === null ? '' : `[${mark}]`]
    .filter((part) => part !== '')
    .join(' ');
}

/** Whatever a trigger holds, it stays text in its cell. */
function escaped(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/[\\|`*_<>]/g, (character) => `\\${character}`);
}
