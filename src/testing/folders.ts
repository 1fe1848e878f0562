/** Folders that a checkout may or may not have beside it; tests that need an absent one are skipped and say why in their title. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export type Found = { readonly path: string } | { readonly absentBecause: string };

const BACKBONES = ['roberta', 't5', 'gpt-bigcode'] as const;

/** Golden vectors that are part of the repository: bench/golden-gpt-bigcode.py made them. */
const OWN = fileURLToPath(new URL('.', import.meta.url));

/** Golden vectors of a backbone: in `GOLDEN_DIR` if that is set, else in `../shared/golden`, or here in `golden-BACKBONE`. */
export function goldenFolder(backbone: (typeof BACKBONES)[number]): Found {
  const named = folderNamedBy('GOLDEN_DIR');
  // What is asked for by name is used or refused; a folder with one backbone alone is no mistake.
  if (named !== null && !BACKBONES.some((name) => existsSync(join(named, name))))
    throw new Error(`GOLDEN_DIR: neither ${BACKBONES.join(' nor ')} in ${named}`);
  const own = join(OWN, `golden-${backbone}`);
  if (named === null && existsSync(own)) return { path: own };
  const path = join(named ?? resolve(REPOSITORY, '../shared/golden'), backbone);
  return existsSync(path) ? { path } : { absentBecause: `no ${backbone} in ${named === null ? '../shared/golden' : 'GOLDEN_DIR'}` };
}

/** `part` of the data: of `ELIBADCODE_DATA`, `datasets/` or `../shared/data`, the first that has it. */
export function dataFolder(part: string): Found {
  const named = folderNamedBy('ELIBADCODE_DATA');
  const roots = [...(named === null ? [] : [named]), resolve(REPOSITORY, 'datasets'), resolve(REPOSITORY, '../shared/data')];
  const path = roots.map((root) => join(root, part)).find((folder) => existsSync(folder));
  return path === undefined ? { absentBecause: `no ${part} in ELIBADCODE_DATA, datasets or ../shared/data` } : { path };
}

function folderNamedBy(variable: string): string | null {
  const value = process.env[variable];
  if (value === undefined || value === '') return null;
  if (!existsSync(value)) throw new Error(`${variable}: no folder ${value}`);
  return resolve(value);
}

/** `describe`, given the folder; skipped with the reason in the title where there is none. */
export function describeIn(found: Found, title: string, body: (path: string) => void): void {
  if ('path' in found) describe(title, () => body(found.path));
  else describe.skip(`${title} (skipped: ${found.absentBecause})`, () => it('needs the folder', () => undefined));
}
