/** The records of pretrainings beside the results, for reports. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import type { Pretraining } from '../report/index.ts';

const schema = z.object({
  schema: z.literal(1),
  name: z.string(),
  settings: z.object({ objective: z.string() }),
  curve: z.array(z.object({ epoch: z.int(), trainLoss: z.number(), validLoss: z.number() })),
});

/** By name. @param folder what `elibadcode pretrain` writes NAME.json into; without it there are none */
export function readPretrainings(folder: string): Pretraining[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => {
    const path = join(folder, file);
    const { data, error } = schema.safeParse(readJson(path));
    if (error !== undefined) throw new UserError(path, z.prettifyError(error), 'what `elibadcode pretrain` writes');
    const { name, settings, curve } = data;
    return { name, objective: settings.objective, curve };
  });
}
