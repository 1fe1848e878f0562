/** BigCloneBench's files as they lie on disk: the functions by identifier, and the lists of pairs. */
import type { SplitName } from '../../../core/contracts.ts';
import { UserError } from '../../../core/errors.ts';
import type { Files } from '../../files.ts';
import { readJsonLines, readLines } from '../../lines.ts';
import type { Layout } from '../../locate.ts';
import { readParquet } from '../../parquet.ts';
import { functionOf, identifierOf, labelOf, labelTypes } from '../../rows.ts';

export type Role = 'functions' | SplitName;

const parquet: Layout<Role> = {
  name: 'Parquet',
  files: { functions: ['data.parquet'], train: ['train.parquet'], valid: ['valid.parquet'], test: ['test.parquet'] },
};
/** As CodeXGLUE's repository has them, under `Code-Code/Clone-detection-BigCloneBench/dataset`. */
const text: Layout<Role> = {
  name: 'CodeXGLUE',
  files: { functions: ['data.jsonl'], train: ['train.txt'], valid: ['valid.txt'], test: ['test.txt'] },
};
export const layouts = [parquet, text];

export interface Pair {
  /** Place in the list, from 0. */
  readonly row: number;
  readonly label: number;
  readonly first: string;
  readonly second: string;
}

const identifierTypes = ['VARCHAR', 'INTEGER', 'BIGINT'];

/** Identifier -> text of the function. */
export async function readFunctions({ layout, files }: Files<Role>): Promise<Map<string, string>> {
  const functions = new Map<string, string>();
  const add = (place: string, idx: unknown, func: unknown): void => {
    const id = identifierOf(idx, 'idx', place);
    if (functions.has(id)) throw new UserError(place, `idx ${id} is there for the second time`, 'one function an idx');
    functions.set(id, functionOf(func, 'func', place));
  };
  const { path } = files.functions[0]!;
  if (layout === text.name) {
    for await (const { place, row } of readJsonLines(path, ['idx', 'func'])) add(place, row.idx, row.func);
  } else {
    const rows = await readParquet(path, { idx: identifierTypes, func: ['VARCHAR'] });
    for (const [row, { idx, func }] of rows.entries()) add(`${path}, row ${row}`, idx, func);
  }
  return functions;
}

/** A split's pairs, both functions of each being known. */
export async function readPairs({ layout, files }: Files<Role>, split: SplitName, functions: ReadonlyMap<string, string>): Promise<Pair[]> {
  const { path } = files[split][0]!;
  // A list of a million pairs names some thousand functions: their identifiers are kept once, as the keys of `functions`.
  const known = new Map([...functions.keys()].map((id) => [id, id]));
  const functionAt = (value: unknown, column: string, place: string): string => {
    const id = known.get(identifierOf(value, column, place));
    if (id === undefined)
      throw new UserError(place, `${column} ${String(value)} is no function of ${files.functions[0]!.path}`, 'one of its idx');
    return id;
  };
  const pairs: Pair[] = [];
  const add = (place: string, idx1: unknown, idx2: unknown, label: unknown): void => {
    const [first, second] = [functionAt(idx1, 'idx1', place), functionAt(idx2, 'idx2', place)];
    pairs.push({ row: pairs.length, label: labelOf(label, 'label', place), first, second });
  };
  if (layout === text.name) {
    for await (const { place, text: line } of readLines(path)) {
      const columns = line.split('\t');
      if (columns.length !== 3) throw new UserError(place, `${columns.length} columns`, 'idx1, idx2 and label, with tabs between them');
      add(place, ...(columns as [string, string, string]));
    }
  } else {
    const rows = await readParquet(path, { idx1: identifierTypes, idx2: identifierTypes, label: labelTypes });
    for (const [row, { idx1, idx2, label }] of rows.entries()) add(`${path}, row ${row}`, idx1, idx2, label);
  }
  if (pairs.length === 0) throw new UserError(path, `no pairs in split ${split}`, 'at least one');
  return pairs;
}
