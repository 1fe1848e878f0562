/** Values of rows that came from outside, checked one by one. */
import { UserError } from '../core/errors.ts';

/** DuckDB's types of a column of labels. */
export const labelTypes = ['BOOLEAN', 'TINYINT', 'INTEGER', 'BIGINT'] as const;

/** 0 or 1, given as a number, a boolean or text. */
export function labelOf(value: unknown, column: string, place: string): number {
  const label = typeof value === 'string' ? ['0', '1'].indexOf(value) : value === null ? null : Number(value);
  if (label !== 0 && label !== 1) throw new UserError(place, `${column} is ${String(value)}`, '0 or 1, false or true');
  return label;
}

export function functionOf(value: unknown, column: string, place: string): string {
  if (typeof value !== 'string' || value === '') throw new UserError(place, `${column} has no text`, 'the text of a function');
  return value;
}

/** Identifiers are numbers in some files and text in others. */
export function identifierOf(value: unknown, column: string, place: string): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    throw new UserError(place, `${column} is ${String(value)}`, 'a number or text');
  }
  return String(value);
}
