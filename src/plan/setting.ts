/** What tells entries of one name apart: two `elibadcode` with different rates, say, stand in one column of a table. */
import { canonicalJson, type Json } from '../core/hash.ts';

/**
 * For each entry the parameters in which it differs from the first entry of its group, `key=value` joined by `;`; empty for that first one.
 * @param groupOf entries of one group share all columns of a record but `setting`
 */
export function settingsOf<Entry extends Json>(entries: readonly Entry[], groupOf: (entry: Entry) => string): string[] {
  return entries.map((entry) => {
    const first = entries.find((other) => groupOf(other) === groupOf(entry))!;
    const base = leaves(first);
    return [...leaves(entry)]
      .filter(([path, value]) => base.get(path) !== value)
      .map(([path, value]) => `${path}=${value}`)
      .join(';');
  });
}

/** Every parameter by its path, as `setting` spells them. */
export function leaves(value: Json, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [key, entry] of Object.entries(value)) leaves(entry, path === '' ? key : `${path}.${key}`, into);
  } else {
    into.set(path, typeof value === 'string' ? value : canonicalJson(value));
  }
  return into;
}
