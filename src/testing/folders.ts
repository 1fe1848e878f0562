/** Folders that a checkout may or may not have beside it; tests that need an absent one are skipped and say why in their title. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export type Found = { readonly path: string } | { readonly absentBecause: string };

/** `part` of the golden vectors: of `GOLDEN_DIR` if that is set, else of `../shared/golden`. */
export function goldenFolder(part: string): Found {
  return find('GOLDEN_DIR', ['../shared/golden'], part);
}

/** `part` of the data: of `ELIBADCODE_DATA`, `datasets/` or `../shared/data`. */
export function dataFolder(part: string): Found {
  return find('ELIBADCODE_DATA', ['datasets', '../shared/data'], part);
}

function find(variable: string, fallbacks: readonly string[], part: string): Found {
  const named = process.env[variable];
  // What is asked for by name is used or refused.
  if (named !== undefined && !existsSync(named)) throw new Error(`${variable}: no folder ${named}`);
  const candidates = (named === undefined ? [] : [resolve(named)]).concat(fallbacks.map((folder) => resolve(REPOSITORY, folder)));
  const searched = variable === 'GOLDEN_DIR' && named !== undefined ? candidates.slice(0, 1) : candidates;
  const path = searched.map((folder) => join(folder, part)).find((folder) => existsSync(folder));
  return path === undefined ? { absentBecause: `no ${part} in ${variable} or ${fallbacks.join(', ')}` } : { path };
}

/** `describe`, given the folder; skipped with the reason in the title where there is none. */
export function describeIn(found: Found, title: string, body: (path: string) => void): void {
  if ('path' in found) describe(title, () => body(found.path));
  else describe.skip(`${title} (skipped: ${found.absentBecause})`, () => it('needs the folder', () => undefined));
}
