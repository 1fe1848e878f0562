/** Finds an experiment by name or path, reads it and checks it completely. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unknownName, UserError } from '../core/errors.ts';
import type { Catalogues } from './catalogues.ts';
import { type Experiment, parseExperiment } from './schema.ts';

const endings = ['.ts', '.js', '.mjs', '.json'];

/** Files of the folder that are not experiments but what experiments share. */
const shared = ['axes'];

/** Names of the experiments in a folder, sorted. */
export function experimentNames(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => endings.includes(extname(file)) && !file.includes('.test.')) : [];
  return files
    .map(nameOf)
    .filter((name) => !shared.includes(name))
    .sort();
}

/** @param given a name (`quickstart` → FOLDER/quickstart.ts) or a path to a .ts, .js, .mjs or .json file */
export async function loadExperiment(given: string, folder: string, catalogues: Catalogues): Promise<Experiment> {
  const path = findExperiment(given, folder);
  const experiment = parseExperiment(await readExperiment(path), catalogues, path);
  if (experiment.name !== nameOf(path)) {
    throw new UserError(path, `name: found “${experiment.name}”`, `“${nameOf(path)}”, as the file is called`);
  }
  return experiment;
}

function findExperiment(given: string, folder: string): string {
  const isPath = endings.includes(extname(given)) || /[\\/]/.test(given);
  const path = isPath ? resolve(given) : endings.map((ending) => join(folder, given + ending)).find(existsSync);
  if (path === undefined) {
    const known = experimentNames(folder);
    throw new UserError('experiment', unknownName(given, known), `${known.join(', ')}, or a path to a .ts, .js or .json file`);
  }
  if (!existsSync(path)) throw new UserError(path, 'there is no such file', 'a path to a .ts, .js or .json file, or a name');
  return path;
}

/** What a file of literals exports, unchecked. */
export async function readExperiment(path: string): Promise<unknown> {
  try {
    if (extname(path) === '.json') return JSON.parse(readFileSync(path, 'utf8'));
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    if (module.default !== undefined) return module.default;
  } catch (error) {
    throw new UserError(
      path,
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'a file that exports an experiment',
    );
  }
  throw new UserError(path, 'has no default export', 'export default defineExperiment({ … })');
}

function nameOf(path: string): string {
  return basename(path, extname(path));
}
