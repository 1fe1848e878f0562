/** A record with one value a name. */
export function named<Name extends string, T>(names: readonly Name[], value: (name: Name) => T): Record<Name, T> {
  // The compiler cannot see that `fromEntries` over all names fills the record.
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, T>;
}
