/** A corpus's files with their sums, checked against the editions of its card. */
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { sha256OfFile } from '../core/fs.ts';
import type { Card } from './card.ts';
import { locateFiles, type Layout } from './locate.ts';

export interface Source<Role extends string> {
  readonly card: Card;
  readonly layouts: readonly Layout<Role>[];
  /** Places to look at, best first. */
  readonly folders: readonly string[];
}

export interface OpenedFile {
  readonly path: string;
  readonly sum: string;
}

export interface Files<Role extends string> {
  readonly layout: string;
  readonly files: Readonly<Record<Role, readonly OpenedFile[]>>;
}

export const checksumParam = z
  .enum(['verify', 'ignore'])
  .default('verify')
  .describe('whether files of an edition the card does not list are an error');

/** The files with their sums; sums of no known edition are an error unless `checksum` says otherwise. */
export async function openFiles<Role extends string>(source: Source<Role>, checksum: 'verify' | 'ignore'): Promise<Files<Role>> {
  const { layout, paths } = locateFiles(source.card.name, source.layouts, source.folders);
  const files: Partial<Record<Role, OpenedFile[]>> = {};
  for (const role of Object.keys(paths) as Role[]) {
    const opened: OpenedFile[] = [];
    for (const path of paths[role]) opened.push({ path, sum: await sha256OfFile(path) });
    files[role] = opened;
  }
  const opened = { layout, files: files as Record<Role, OpenedFile[]> };
  if (checksum === 'verify') checkEdition(source.card, opened);
  return opened;
}

/** Role, with a number where there is more than one file -> sha256: what identifies the corpus. */
export function sumsOf<Role extends string>({ files }: Files<Role>): Record<string, string> {
  return Object.fromEntries(entriesOf(files).map(([key, { sum }]) => [key, sum]));
}

function entriesOf<Role extends string>(files: Files<Role>['files']): [string, OpenedFile][] {
  return Object.entries<readonly OpenedFile[]>(files).flatMap(([role, list]) =>
    list.map((file, n): [string, OpenedFile] => [list.length === 1 ? role : `${role}/${n}`, file]),
  );
}

/** All files must belong to one edition: the train file of one holds test functions of another. */
function checkEdition({ name, editions }: Card, { files }: Files<string>): void {
  const found = entriesOf(files);
  const knows = (edition: Card['editions'][number], [key, { sum }]: [string, OpenedFile]): boolean => edition.sha256[key] === sum;
  if (editions.some((edition) => found.every((entry) => knows(edition, entry)))) return;
  const unknown = found.find((entry) => !editions.some((edition) => knows(edition, entry)));
  const instead = `checksum: "ignore" in the experiment, which is recorded (datasets/${name}/card.json lists editions)`;
  if (unknown === undefined) {
    throw new UserError(found[0]![1].path, 'the files come from different editions', `files of one edition; or ${instead}`);
  }
  const [key, { path, sum }] = unknown;
  const accepted = editions.flatMap(({ name: edition, sha256 }) => (sha256[key] === undefined ? [] : [`${sha256[key]} (${edition})`]));
  throw new UserError(path, `sha256 ${sum} is not known`, [...accepted, `or ${instead}`].join('; ').replace(/^or /, ''));
}
