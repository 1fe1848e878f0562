/** Test samples of which some are not there, and the way back to their places. */
import type { Sample } from '../../core/contracts.ts';

export interface Present {
  readonly samples: readonly Sample[];
  /** One value a sample that is there -> one entry a place; `null` where there is none. */
  readonly spread: <T>(values: readonly T[]) => (T | null)[];
}

export function presentAmong(all: readonly (Sample | null)[]): Present {
  let next = 0;
  const places = all.map((sample) => (sample === null ? null : next++));
  return {
    samples: all.filter((sample) => sample !== null),
    spread(values) {
      if (values.length !== next) throw new Error(`${values.length} values for ${next} samples`);
      return places.map((place) => (place === null ? null : values[place]!));
    },
  };
}
