/** One cell from the runs of its seeds: value, interval, and the reason for whatever is missing. */
import type { Measurement, Reported } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { bootstrap, type Interval, mean, wilson } from '../core/statistics.ts';
import type { Slot } from './slots.ts';
import type { Cell } from './table.ts';
import type { Quantity } from './vocabulary.ts';

export const notRun = 'not run';
/** What the paper prints where a method does not apply; ours is not applicable for the same reason. */
export const dash = '–';

interface Measured {
  readonly slot: Slot;
  readonly measurement: Measurement & { readonly value: number };
}

/**
 * @param slots one a seed, all of one cell of the grid
 * @param plannedSeeds seeds the cell should have when the plan is not known
 */
export function cellOf(slots: readonly Slot[], quantity: Quantity, reported: Reported | null, plannedSeeds = slots.length): Cell {
  const measured: Measured[] = [];
  const reasons: { seed: number; reason: string }[] = [];
  for (const slot of [...slots].sort((a, b) => a.seed - b.seed)) {
    const found = measure(slot, quantity);
    if (typeof found === 'string') reasons.push({ seed: slot.seed, reason: found });
    else measured.push({ slot, measurement: found });
  }
  const common = {
    unit: quantity.unit,
    seeds: measured.map(({ slot }) => slot.seed),
    plannedSeeds: Math.max(plannedSeeds, slots.length),
    runs: slots.flatMap((slot) => (slot.filledBy === null ? [] : [slot.filledBy.run])),
    reported,
  };
  if (measured.length === 0)
    return { ...common, value: null, hits: null, n: null, interval: null, missingBecause: missing(reasons, reported), shortfall: [] };
  const counts = new Set(measured.map(({ measurement }) => measurement.n));
  const one = measured.length === 1 ? measured[0]!.measurement : null;
  return {
    ...common,
    value: mean(measured.map(({ measurement }) => measurement.value)),
    hits: one === null ? null : one.hits,
    n: counts.size === 1 ? measured[0]!.measurement.n : null,
    interval: quantity.counts === 'exact' ? null : one === null ? overSeeds(measured, quantity) : ofOneRun(one, quantity),
    missingBecause: null,
    shortfall: reasons.map(({ seed, reason }) => `seed ${seed}: ${reason}`),
  };
}

/** The slot's measurement, or why there is none. */
function measure({ filledBy, notRunBecause }: Slot, { metric, subset }: Quantity): Measured['measurement'] | string {
  if (filledBy === null) return notRunBecause ?? notRun;
  if (filledBy.failedBecause !== null) return `failed: ${filledBy.failedBecause}`;
  const measurement = filledBy.measurements.find((m) => m.metric === metric && m.subset === subset);
  if (measurement === undefined) return 'not measured: the run has no such measurement';
  return measurement.value === null ? measurement.unmeasuredBecause! : { ...measurement, value: measurement.value };
}

function missing(reasons: readonly { readonly reason: string }[], reported: Reported | null): string {
  if (reasons.length > 0) return [...new Set(reasons.map(({ reason }) => reason))].join('; ');
  return reported !== null && reported.value === null ? dash : notRun;
}

function ofOneRun({ hits, n }: Measurement, { counts }: Quantity): Cell['interval'] {
  if (hits === null || n === null) return null;
  return { ...(counts === 'dice' ? diceInterval(hits, n) : wilson(hits, n)), method: 'wilson' };
}

/** F1 rises with tp / (tp + fp + fn), which is a share of samples and has Wilson's interval. */
function diceInterval(hits: number, n: number): Interval {
  const truePositives = hits / 2;
  const { low, high } = wilson(truePositives, n - truePositives);
  const f1 = (share: number): number => (2 * share) / (1 + share);
  return { low: f1(low), high: f1(high) };
}

/** Seeded by the quantity and the runs: the same runs give the same interval in whatever table they stand. */
function overSeeds(measured: readonly Measured[], { metric, subset }: Quantity): Cell['interval'] {
  const rng = makeRng(`interval ${metric} ${subset} ${measured.map(({ slot }) => slot.filledBy!.run).join(' ')}`);
  const values = measured.map(({ measurement }) => measurement.value);
  return { ...bootstrap(values, rng), method: 'bootstrap' };
}
