/** Where a corpus's files lie on this machine: the first of three places that holds any of them, in one of the layouts that are read. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** One way to divide a corpus into files. Layouts of one corpus have no file name in common. */
export interface Layout<Role extends string> {
  readonly name: string;
  /** What a file is for -> how it may be called, best first; `{n}` stands for 0, 1, 2 …, a file each. */
  readonly files: Readonly<Record<Role, readonly string[]>>;
}

export interface Located<Role extends string> {
  readonly layout: string;
  readonly paths: Readonly<Record<Role, readonly string[]>>;
}

/** The files of every role, all out of one folder and one layout. */
export function locateFiles<Role extends string>(
  corpus: string,
  layouts: readonly Layout<Role>[],
  folders: readonly string[],
): Located<Role> {
  for (const folder of folders) {
    const found = layouts
      .map(({ name, files }) => ({ layout: name, files, paths: mapValues(files, (names) => findFirst(folder, names)) }))
      .filter(({ paths }) => Object.values<readonly string[]>(paths).some((list) => list.length > 0));
    if (found.length > 1) {
      throw new UserError(
        folder,
        `files of ${found.length} layouts: ${found.map(({ layout }) => layout).join(', ')}`,
        'files of one layout',
      );
    }
    const [only] = found;
    if (only === undefined) continue;
    for (const role of Object.keys(only.paths) as Role[]) {
      if (only.paths[role].length === 0) throw new UserError(folder, `no file for “${role}”`, only.files[role].join(', '));
    }
    return { layout: only.layout, paths: only.paths };
  }
  const wanted = layouts
    .map(({ files }) =>
      Object.values<readonly string[]>(files)
        .map((names) => names[0]!)
        .join(', '),
    )
    .join(', or ');
  throw new UserError(
    `corpus ${corpus}`,
    `found in none of ${folders.map((folder) => shown(folder)).join(', ')}`,
    `${wanted} in one of these folders, or ELIBADCODE_DATA=<folder that holds ${corpus}/> ` +
      `(datasets/${corpus}/README.md says where they come from)`,
  );
}

/** Paths of the first of `names` that exists; none is an empty list. */
function findFirst(folder: string, names: readonly string[]): string[] {
  for (const name of names) {
    const paths = name.includes('{n}') ? numbered(join(folder, name)) : [join(folder, name)].filter((path) => existsSync(path));
    if (paths.length > 0) return paths;
  }
  return [];
}

/** Files 0, 1, 2 … of a pattern. A gap means that files are missing. */
function numbered(pattern: string): string[] {
  const [before, behind] = pattern.split('{n}') as [string, string];
  const folder = dirname(pattern);
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const count = names.filter(
    (path) => path.startsWith(before) && /^\d+$/.test(path.slice(before.length, -behind.length)) && path.endsWith(behind),
  ).length;
  const paths = Array.from({ length: count }, (_, n) => `${before}${n}${behind}`);
  const missing = paths.find((path) => !names.includes(path));
  if (missing !== undefined) throw new UserError(missing, 'is missing', `as many files in a row as there are: ${count} from number 0 on`);
  return paths;
}

/** Short where it lies in or beside the repository. */
function shown(folder: string): string {
  const short = relative(repository, folder);
  return short.length < folder.length ? short : folder;
}

function mapValues<Key extends string, From, To>(record: Readonly<Record<Key, From>>, change: (value: From) => To): Record<Key, To> {
  return Object.fromEntries(Object.entries<From>(record).map(([key, value]) => [key, change(value)])) as Record<Key, To>;
}
