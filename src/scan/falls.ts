/** What falls by more than is allowed between two measurements on the same held-out samples. */
import type { Quality } from './contracts.ts';

interface Measure {
  readonly title: string;
  readonly value: number;
  /** Of a share: right ones of how many. */
  readonly hits: number | null;
  readonly n: number;
}

/**
 * The accuracy of each label is bounded as that of all is: always to say one label costs little of the latter where few samples have
 * the other.
 * @param maxDrop 0..1
 * @returns a phrase for each fall; empty when there is none
 */
export function fallsBeyond(before: Quality, after: Quality, maxDrop: number): string[] {
  const later = new Map(measuresOf(after).map((measure) => [measure.title, measure]));
  return measuresOf(before).flatMap((measure) => {
    const now = later.get(measure.title);
    if (now?.n !== measure.n) throw new Error(`${measure.title}: measured on other samples`);
    // Shares of small counts are no exact decimals.
    return measure.value - now.value <= maxDrop + 1e-9 ? [] : [fallText(measure, now)];
  });
}

function measuresOf({ metric, value, hits, n, byLabel }: Quality): Measure[] {
  const labels = Object.entries(byLabel ?? {}).map(([label, rate]): Measure => {
    return { title: `accuracy of label ${label}`, value: rate.hits / rate.n, hits: rate.hits, n: rate.n };
  });
  return [{ title: metric, value, hits, n }, ...labels];
}

function fallText({ title, value, hits, n }: Measure, now: Measure): string {
  const counts = hits === null ? '' : ` (${hits} and ${now.hits} of ${n} held-out samples right)`;
  return `${title} falls from ${value.toFixed(3)} to ${now.value.toFixed(3)}${counts}`;
}
