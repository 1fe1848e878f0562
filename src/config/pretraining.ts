/** `definePretraining`, and the pretrainings of a folder: found by name or path, read and checked completely. */
import { existsSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { z } from 'zod';
import { unknownName, UserError } from '../core/errors.ts';
import { pretrainingSchema, type PretrainingSettings } from '../pretrain/settings.ts';
import type { CorpusInput } from './define.ts';
import { experimentNames, readExperiment } from './load.ts';

export type PretrainingInput = Omit<z.input<typeof pretrainingSchema>, 'corpora'> & { readonly corpora: readonly CorpusInput[] };

export function definePretraining(pretraining: PretrainingInput): PretrainingInput {
  return pretraining;
}

/** @param given a name (`codebert-standin-mini` → FOLDER/codebert-standin-mini.ts) or a path to a .ts, .js, .mjs or .json file */
export async function loadPretraining(given: string, folder: string): Promise<PretrainingSettings> {
  const path = extname(given) !== '' || /[\\/]/.test(given) ? resolve(given) : join(folder, `${given}.ts`);
  if (!existsSync(path)) {
    const known = experimentNames(folder);
    throw new UserError('pretraining', unknownName(given, known), `${known.join(', ')}, or a path to a .ts, .js or .json file`);
  }
  const parsed = pretrainingSchema.safeParse(await readExperiment(path));
  if (!parsed.success) throw new UserError(path, z.prettifyError(parsed.error));
  if (parsed.data.name !== basename(path, extname(path))) {
    throw new UserError(path, `name: found “${parsed.data.name}”`, `“${basename(path, extname(path))}”, as the file is called`);
  }
  // What the corpora say besides their names is checked by each of them when it is loaded.
  return parsed.data as PretrainingSettings;
}
