/** Where a corpus's files lie on this machine: the first of three places that holds any of them. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SplitName } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Folders that may hold corpus `name`, best first; `dataRoot` is what `ELIBADCODE_DATA` says. */
export function corpusFolders(name: string, dataRoot = process.env['ELIBADCODE_DATA']): string[] {
  const shared = [join(repository, 'datasets', name), join(repository, '..', 'shared', 'data', name)];
  if (dataRoot === undefined || dataRoot === '') return shared;
  if (!existsSync(dataRoot))
    throw new UserError('ELIBADCODE_DATA', `no folder ${dataRoot}`, 'a folder that holds corpora by name, or unset');
  return [join(dataRoot, name), ...shared];
}

/** How a split's one Parquet file may be called: as we name it, or as Hugging Face serves it. */
export function fileNames(split: SplitName): string[] {
  const official = split === 'valid' ? 'validation' : split;
  const ours = official === split ? [`${split}.parquet`] : [`${split}.parquet`, `${official}.parquet`];
  return [...ours, `${official}-00000-of-00001.parquet`, `data/${official}-00000-of-00001.parquet`];
}

/** The file of every split, all out of one folder. */
export function locateSplits<Split extends SplitName>(
  name: string,
  splits: readonly Split[],
  folders: readonly string[],
): Readonly<Record<Split, string>> {
  for (const folder of folders) {
    const found = splits.map((split) => fileNames(split).find((file) => existsSync(join(folder, file))));
    if (found.every((file) => file === undefined)) continue;
    const missing = splits[found.indexOf(undefined)];
    if (missing !== undefined) throw new UserError(folder, `no file of split ${missing}`, fileNames(missing).join(', '));
    return Object.fromEntries(splits.map((split, index) => [split, join(folder, found[index]!)])) as Record<Split, string>;
  }
  throw new UserError(
    `corpus ${name}`,
    `found in none of ${folders.map((folder) => shown(folder)).join(', ')}`,
    `${splits.map((split) => fileNames(split)[0]).join(', ')} in one of these folders, or ELIBADCODE_DATA=<folder that holds ${name}/> ` +
      `(datasets/${name}/README.md says where they come from)`,
  );
}

/** Short where it lies in or beside the repository. */
function shown(folder: string): string {
  const short = relative(repository, folder);
  return short.length < folder.length ? short : folder;
}
