/** Entries of which some are not there, and the way back to their places. */

export interface Present<Entry> {
  readonly entries: readonly Entry[];
  /** One value an entry that is there -> one a place; `null` where there is none. */
  readonly spread: <T>(values: readonly T[]) => (T | null)[];
}

export function presentAmong<Entry>(all: readonly (Entry | null)[]): Present<Entry> {
  let next = 0;
  const places = all.map((entry) => (entry === null ? null : next++));
  return {
    entries: all.filter((entry) => entry !== null),
    spread(values) {
      if (values.length !== next) throw new Error(`${values.length} values for ${next} entries`);
      return places.map((place) => (place === null ? null : values[place]!));
    },
  };
}
