/** A corpus's card, `datasets/<name>/card.json`: where it comes from, under which licence, how much of it there is. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const sum = z.string().regex(/^[0-9a-f]{64}$/);
const perSplit = <T extends z.ZodType>(value: T): z.ZodObject<{ train: T; valid: T; test: T }> =>
  z.strictObject({ train: value, valid: value, test: value });

/** One published division of the corpus into files. Files of two editions never mix: their splits may overlap. */
const edition = z.strictObject({
  name: z.string(),
  what: z.string(),
  /** What the file is for, as in the corpus's layout, with a number where there is more than one -> its sum. */
  sha256: z.record(z.string(), sum),
});

export const cardSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  task: z.enum(['defect', 'clone', 'search']),
  language: z.enum(['c', 'java', 'python']),
  origin: z.array(z.string()).min(1),
  licence: z.string(),
  /** Samples by label, as text since JSON keys are; a generator states its defaults. */
  counts: perSplit(z.strictObject({ samples: z.int().positive(), labels: z.record(z.string(), z.int().min(0)) })),
  /** Empty for a generated corpus. */
  editions: z.array(edition),
  notes: z.array(z.string()),
});

export type Card = z.infer<typeof cardSchema>;

export function readCard(name: string): Card {
  const path = fileURLToPath(new URL(`../../datasets/${name}/card.json`, import.meta.url));
  return cardSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}
