/** scan.json: read back for a repair, with what the repair needs of it checked. */
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import type { Scan } from './contracts.ts';

const texts = z.looseObject({ ids: z.array(z.int().nonnegative()), text: z.string() });

const schema = z.looseObject({
  schema: z.literal(2),
  task: z.enum(['defect', 'clone', 'search']),
  language: z.enum(['c', 'java', 'python']),
  seed: z.int(),
  model: z.looseObject({ digest: z.string(), maxTokens: z.int().positive() }),
  samples: z.looseObject({ digest: z.string() }),
  settings: z.looseObject({ iterations: z.int().positive(), perLabel: z.int().positive() }),
  inversion: z.looseObject({
    chosen: z.int().nonnegative(),
    options: z
      .array(
        z.looseObject({
          target: z.int().nullable(),
          query: z.looseObject({ ids: z.array(z.int().nonnegative()), text: z.string(), pieces: z.array(z.string()) }).nullable(),
          best: texts.extend({ loss: z.number() }),
          anchored: texts.extend({ loss: z.number() }),
        }),
      )
      .min(1),
  }),
  verdict: z.looseObject({ verdict: z.enum(['backdoored', 'clean', 'undecidable']), why: z.string() }),
});

export function readScan(path: string): Scan {
  const parsed = schema.safeParse(readJson(path));
  const accepted = 'the scan.json that this version of “elibadcode scan” wrote';
  if (!parsed.success) throw new UserError(path, z.prettifyError(parsed.error), accepted);
  const { chosen, options } = parsed.data.inversion;
  if (chosen >= options.length) throw new UserError(path, `chosen is option ${chosen} of ${options.length}`, accepted);
  // What is read of it from here on is what was checked.
  return parsed.data as unknown as Scan;
}
