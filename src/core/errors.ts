/** Errors for people: the place, what was found, what is accepted, and the nearest match. */

/** An error the user can act on; the command line prints its message without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /**
   * @param place where the fault lies: a file, a key path such as `attacks[0].rate`, a stage
   * @param problem what was found there
   * @param accepted what would have been right, or what to do
   */
  constructor(place: string, problem: string, accepted?: string) {
    super(`${place}: ${problem}${accepted === undefined ? '' : `\n  accepted: ${accepted}`}`);
  }
}

/** `name` looked up in a catalogue; an unknown name is an error that lists what exists and the nearest match. */
export function lookUp<T>(catalogue: Readonly<Record<string, T>>, name: string, place: string): T {
  const found = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
  if (found === undefined) throw new UserError(place, unknownName(name, Object.keys(catalogue)), Object.keys(catalogue).join(', '));
  return found;
}

/** "unknown “x”" with "did you mean “y”?" when something close exists. */
export function unknownName(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `unknown “${name}”${near === null ? '' : `; did you mean “${near}”?`}`;
}

/** The entry with the smallest edit distance, if that is at most a third of the name's length (at least 2). */
export function nearest(name: string, known: readonly string[]): string | null {
  const limit = Math.max(2, Math.floor(name.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= limit ? best.candidate : null;
}

/** Levenshtein distance over UTF-16 code units, case kept. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
