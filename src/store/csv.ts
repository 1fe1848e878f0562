/** CSV as RFC 4180 has it, read strictly and written in one way only, so that equal data gives equal bytes. */
import { UserError } from '../core/errors.ts';

/** Rows as objects by the header's names; the header must be exactly `columns`, each row as long as the header. */
export function parseCsv<Column extends string>(text: string, columns: readonly Column[], place: string): Record<Column, string>[] {
  const rows = splitCsv(text, place);
  const header = rows.shift()?.fields ?? [];
  if (header.join(',') !== columns.join(',')) {
    throw new UserError(`${place} line 1`, `the header is “${header.join(',')}”`, columns.join(','));
  }
  return rows.map(({ fields, line }) => {
    if (fields.length !== columns.length) {
      throw new UserError(`${place} line ${line}`, `${fields.length} fields`, `${columns.length}, as in the header`);
    }
    // Object.fromEntries forgets the literal names that the header check has just established.
    return Object.fromEntries(columns.map((column, at) => [column, fields[at]!])) as Record<Column, string>;
  });
}

/** Lines end in LF, the last one too; a field is quoted only where it must be. */
export function formatCsv(columns: readonly string[], rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  const line = (fields: readonly (string | number | boolean | null)[]): string => fields.map(formatField).join(',');
  return [columns, ...rows].map((row) => `${line(row)}\n`).join('');
}

/** A finite number written without blanks, or `null` for an empty field. */
export function numberField(text: string, place: string): number | null {
  if (text === '') return null;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) throw new UserError(place, `“${text}” is not a number`, 'a number, or nothing');
  return Number(text);
}

function formatField(field: string | number | boolean | null): string {
  // String() gives the shortest digits that read back as the same double.
  const text = field === null ? '' : String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function splitCsv(text: string, place: string): { fields: string[]; line: number }[] {
  const rows: { fields: string[]; line: number }[] = [];
  let [line, at] = [1, 0];
  while (at < text.length) {
    const row = { fields: [] as string[], line };
    for (;;) {
      const quoted = text[at] === '"';
      const field = quoted ? /"((?:[^"]|"")*)"(?=,|\r?\n|$)/y : /([^",\r\n]*)(?=,|\r?\n|$)/y;
      field.lastIndex = at;
      const match = field.exec(text);
      if (match === null)
        throw new UserError(`${place} line ${line}`, 'a quotation mark that is not closed, or stands inside a plain field');
      row.fields.push(quoted ? match[1]!.replaceAll('""', '"') : match[1]!);
      line += match[0].split('\n').length - 1;
      at += match[0].length;
      if (text[at] !== ',') break;
      at++;
    }
    rows.push(row);
    at += text[at] === '\r' ? 2 : 1;
    line++;
  }
  return rows;
}
