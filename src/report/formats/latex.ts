/** Tables as LaTeX (booktabs): one group of two columns, ours and the paper's, for each column. */
import { hasReported, type Table } from '../table.ts';
import { type CellText, cellText, makeFootnotes } from './footnotes.ts';
import { formatReported } from './numbers.ts';
import { heading, howToRead, provenanceLine, rowLabels, withoutRepeats } from './words.ts';

/** @param name label of the table: `tab:<name>-1`, … */
export function latexOf(name: string, title: string, tables: readonly Table[]): string {
  return `% Needs \\usepackage{booktabs} and a Unicode-aware engine, or \\usepackage[utf8]{inputenc}.\n${tables
    .map((table, at) => environment(`${name}-${at + 1}`, title, table))
    .join('\n')}`;
}

function environment(label: string, title: string, table: Table): string {
  const footnotes = makeFootnotes();
  const isBeside = hasReported(table);
  const labels = withoutRepeats(table.rows.map(rowLabels));
  const rows = table.rows.map((row, at) => {
    const cells = row.cells.flatMap((cell) => [
      inWords(cellText(cell, footnotes)),
      ...(isBeside ? [escaped(formatReported(cell.reported))] : []),
    ]);
    // A rule where the first label changes.
    const rule = at > 0 && labels[at]![0] !== '' ? '\\midrule\n' : '';
    return `${rule}${[...labels[at]!.map(escaped), ...cells].join(' & ')} \\\\`;
  });
  const notes = [
    ...footnotes.all().map(({ mark, text }) => `[${mark}] ${text}.`),
    ...table.notes,
    howToRead(table),
    provenanceLine(table.provenance),
  ];
  return [
    '\\begin{table*}',
    `\\caption{${escaped(`${title}: ${table.title}`)}}`,
    `\\label{tab:${label}}`,
    '\\centering\\footnotesize',
    `\\begin{tabular}{${'l'.repeat(table.stubs.length)}${'r'.repeat(table.columns.length * (isBeside ? 2 : 1))}}`,
    '\\toprule',
    ...headRows(table, isBeside),
    '\\midrule',
    ...rows,
    '\\bottomrule',
    '\\end{tabular}',
    `\\par\\smallskip\\begin{minipage}{\\linewidth}\\scriptsize ${notes.map(escaped).join(' ')}\\end{minipage}`,
    '\\end{table*}',
    '',
  ].join('\n');
}

function headRows({ stubs, columns }: Table, isBeside: boolean): string[] {
  const titles = columns.map((column) => escaped(heading(column.title, column.quantity)));
  if (!isBeside) return [`${[...stubs.map(escaped), ...titles].join(' & ')} \\\\`];
  const rules = columns.map((_, at) => `\\cmidrule(lr){${stubs.length + 2 * at + 1}-${stubs.length + 2 * at + 2}}`);
  return [
    `${[...stubs.map(() => ''), ...titles.map((text) => `\\multicolumn{2}{c}{${text}}`)].join(' & ')} \\\\`,
    rules.join(' '),
    `${[...stubs.map(escaped), ...columns.flatMap(() => ['ours', 'paper'])].join(' & ')} \\\\`,
  ];
}

function inWords({ value, interval, counts, mark }: CellText): string {
  const behind = [interval === null ? '' : `[${interval}]`, counts === null ? '' : `(${counts})`].filter((part) => part !== '').join(' ');
  const small = behind === '' ? '' : ` {\\tiny ${escaped(behind)}}`;
  return `${escaped(value)}${small}${mark === null ? '' : `\\textsuperscript{${mark}}`}`;
}

const commands: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from('#%&_{}$', (character) => [character, `\\${character}`])),
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '$<$',
  '>': '$>$',
  '−': '$-$',
  '×': '$\\times$',
  '≈': '$\\approx$',
  '↑': '$\\uparrow$',
  '↓': '$\\downarrow$',
  '–': '--',
  '’': "'",
};

/** Whatever a trigger holds, it stays text. */
function escaped(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/[^\w\s]|_/g, (character) => commands[character] ?? character);
}
