/** Tables as LaTeX (booktabs): a group of two columns, ours and the paper's, for each column that the paper has. */
import { besideOf, type Table } from '../table.ts';
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
  const beside = besideOf(table);
  const labels = withoutRepeats(table.rows.map(rowLabels));
  const rows = table.rows.map((row, at) => {
    const cells = row.cells.flatMap((cell, column) => [
      inWords(cellText(cell, footnotes)),
      ...(beside[column] === true ? [escaped(formatReported(cell.reported))] : []),
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
    `\\begin{tabular}{${'l'.repeat(table.stubs.length)}${'r'.repeat(table.columns.length + beside.filter(Boolean).length)}}`,
    '\\toprule',
    ...headRows(table, beside),
    '\\midrule',
    ...rows,
    '\\bottomrule',
    '\\end{tabular}',
    `\\par\\smallskip\\begin{minipage}{\\linewidth}\\scriptsize ${notes.map(escaped).join(' ')}\\end{minipage}`,
    '\\end{table*}',
    '',
  ].join('\n');
}

function headRows({ stubs, columns }: Table, beside: readonly boolean[]): string[] {
  const titles = columns.map((column) => escaped(heading(column.title, column.quantity)));
  if (!beside.includes(true)) return [`${[...stubs.map(escaped), ...titles].join(' & ')} \\\\`];
  const groups = titles.map((text, at) => (beside[at] === true ? `\\multicolumn{2}{c}{${text}}` : text));
  const rules = columns.flatMap((_, at) => {
    const first = stubs.length + 1 + at + beside.slice(0, at).filter(Boolean).length;
    return beside[at] === true ? [`\\cmidrule(lr){${first}-${first + 1}}`] : [];
  });
  const owners = columns.flatMap((_, at) => (beside[at] === true ? ['ours', 'paper'] : ['ours']));
  return [
    `${[...stubs.map(() => ''), ...groups].join(' & ')} \\\\`,
    rules.join(' '),
    `${[...stubs.map(escaped), ...owners].join(' & ')} \\\\`,
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
