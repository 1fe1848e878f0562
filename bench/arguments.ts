/** Arguments that several commands of the benchmark take. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '../src/core/errors.ts';
import type { EngineOptions } from '../src/engine/contracts.ts';
import { madeUpRows, readRowFile, type RowFile } from './row-file.ts';

export const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The file asked for, else bench/rows.json if it is there, else made-up rows. */
export function findRows(path: string | undefined): RowFile {
  if (path !== undefined) return readRowFile(path);
  return existsSync(here('rows.json')) ? readRowFile(here('rows.json')) : madeUpRows();
}

export function deviceOf(place: string, text: string): EngineOptions['device'] {
  if (text === 'cpu' || text === 'webgpu' || text === 'cuda') return text;
  throw new UserError(place, `found “${text}”`, 'cpu, webgpu or cuda');
}

export function positive(place: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UserError(place, `found “${text}”`, 'a number above 0');
  return value;
}

export function count(place: string, text: string): number {
  const value = positive(place, text);
  if (!Number.isInteger(value)) throw new UserError(place, `found “${text}”`, 'a whole number above 0');
  return value;
}
