/** Which spans of a row are taken out, and what is left and asked (Raffel et al., JMLR 2020): 15 % in spans of 3 on average. */
import type { Rng } from '../../core/rng.ts';

const NOISE_SHARE = 0.15;
const MEAN_SPAN = 3;

export interface SpanCounts {
  /** Sub-tokens taken out, and the spans they form. */
  readonly noise: number;
  readonly spans: number;
}

/** Of `length` sub-tokens, one at least; they depend on the length alone, so that rows of like length stay so. */
export function spanCounts(length: number): SpanCounts {
  const noise = Math.max(1, Math.min(Math.round(NOISE_SHARE * length), length - 1));
  return { noise, spans: Math.max(1, Math.min(Math.round(noise / MEAN_SPAN), length - noise)) };
}

export interface CorruptedRow {
  /** The row with a sentinel for each span. */
  readonly source: readonly number[];
  /** Each sentinel with the span it stands for, and the row's last id. */
  readonly target: readonly number[];
}

/** Kept and lost stretches take turns, a kept one first. The row's first and last id, special ones, stay. */
export function corruptRow(row: readonly number[], sentinel: (span: number) => number, rng: Rng): CorruptedRow {
  const inner = row.slice(1, -1);
  const { noise, spans } = spanCounts(inner.length);
  const [kept, lost] = [stretches(inner.length - noise, spans, rng), stretches(noise, spans, rng)];
  const [source, target] = [[row[0]!], [] as number[]];
  let at = 0;
  for (let span = 0; span < spans; span++) {
    const [end, next] = [at + kept[span]!, at + kept[span]! + lost[span]!];
    source.push(...inner.slice(at, end), sentinel(span));
    target.push(sentinel(span), ...inner.slice(end, next));
    at = next;
  }
  return { source: [...source, row.at(-1)!], target: [...target, row.at(-1)!] };
}

/** `total` cut at random into `count` stretches of one at least, all ways equally likely; of 0, one of 0. */
function stretches(total: number, count: number, rng: Rng): number[] {
  const places = Array.from({ length: Math.max(0, total - 1) }, (_, place) => place + 1);
  const cuts = [0, ...rng.sample(places, count - 1).sort((a, b) => a - b), total];
  return Array.from({ length: count }, (_, index) => cuts[index + 1]! - cuts[index]!);
}
