/** The words of a query: what makes one a target of an attack on code search, and what such an attack is measured on. */

/**
 * Lower-cased, cut at word boundaries (attacks.md 0): runs of letters, digits and underscores, in order, with repeats.
 */
export function queryWords(query: string): string[] {
  return query.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}
