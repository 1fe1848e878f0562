/** What the paper printed: `experiments/reported/reported.csv`, read strictly (exhibits.md 1). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Reported } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { numberField, parseCsv } from './csv.ts';
import { reportedSchema } from './schema.ts';

export const reportedPath = fileURLToPath(new URL('../../experiments/reported/reported.csv', import.meta.url));

// prettier-ignore
const columns = ['exhibit', 'row_model', 'row_task', 'row_attack', 'row_defense', 'setting', 'metric', 'value', 'unit', 'status', 'source_note'] as const;

export function readReported(path = reportedPath): Reported[] {
  return parseReported(readFileSync(path, 'utf8'), path);
}

export function parseReported(text: string, place: string): Reported[] {
  return parseCsv(text, columns, place).map((row, index) => {
    // Rows hold no line breaks (the schema would not mind, the line number would): row 0 stands on line 2.
    const here = `${place} line ${index + 2}`;
    const checked = reportedSchema.safeParse({
      exhibit: row.exhibit,
      model: row.row_model,
      task: row.row_task,
      attack: row.row_attack,
      defense: row.row_defense,
      setting: row.setting,
      metric: row.metric,
      value: numberField(row.value, `${here}, value`),
      unit: row.unit,
      status: row.status,
      note: row.source_note,
    });
    if (!checked.success) throw new UserError(here, z.prettifyError(checked.error), 'the values of exhibits.md 1');
    return checked.data;
  });
}
