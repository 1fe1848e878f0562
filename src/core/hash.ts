/** Identity of values: canonical JSON and its SHA-256. */
import { createHash } from 'node:crypto';

/** What survives a JSON round trip. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON with object keys sorted and no white space; throws on what JSON cannot hold (NaN, Infinity, undefined entries are dropped). */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`canonicalJson: ${value} has no JSON form`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, entry]) => (entry as Json | undefined) !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(',')}}`;
}

/** `Array.isArray` that narrows read-only lists too. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Hexadecimal SHA-256. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A 20-digit key of a value's canonical JSON: 80 bits, enough for a store of any size we will see. */
export function keyOf(value: Json): string {
  return sha256(canonicalJson(value)).slice(0, 20);
}
