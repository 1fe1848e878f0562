/** A cell says what was measured, how surely, and why whatever is missing is missing. */
import { describe, expect, test } from 'vitest';
import type { Reported } from '../core/contracts.ts';
import { wilson } from '../core/statistics.ts';
import { fromRecord } from '../store/runs.ts';
import { madeUpRecord, quantity as number, rate, unmeasured } from '../testing/made-up-records.ts';
import { cellOf } from './cells.ts';
import { fillSlots, type Slot } from './slots.ts';
import { quantities } from './vocabulary.ts';

const slotsOf = (...records: readonly ReturnType<typeof madeUpRecord>[]): Slot[] =>
  fillSlots(
    records.map((record) => fromRecord(record).run),
    null,
    null,
  );
const asr = (seed: number, hits: number, n = 120) => madeUpRecord({ seed, measurements: [rate('asr', 'all-victim', hits, n)] });
const dashed: Reported = {
  exhibit: 'table-1',
  model: 'codebert',
  task: 'search',
  attack: 'a',
  defense: 'dbs',
  setting: '',
  metric: 'mrr',
  value: null,
  unit: 'fraction',
  status: 'printed',
  note: 'x',
};

describe('values', () => {
  test('one run: its value, its counts and Wilson’s interval (3/1,255 → [0.081, 0.700] %, victims-and-data.md 6)', () => {
    const cell = cellOf(slotsOf(asr(1, 3, 1255)), quantities.asr, null);
    expect(cell).toMatchObject({ value: 3 / 1255, hits: 3, n: 1255, seeds: [1], plannedSeeds: 1, missingBecause: null, shortfall: [] });
    expect(cell.interval!.low).toBeCloseTo(0.00081, 5);
    expect(cell.interval!.high).toBeCloseTo(0.007, 5);
    expect(cell.interval!.method).toBe('wilson');
  });

  test('F1 has the interval of tp / (tp + fp + fn), converted; what was set has none', () => {
    const f1 = cellOf(slotsOf(madeUpRecord({ seed: 1, measurements: [rate('f1', '', 180, 200)] })), quantities.f1, null);
    // tp 90, fp + fn 20: 90 of 110.
    const { low, high } = wilson(90, 110);
    expect(f1.value).toBe(0.9);
    expect(f1.interval!.low).toBeCloseTo((2 * low) / (1 + low), 12);
    expect(f1.interval!.high).toBeCloseTo((2 * high) / (1 + high), 12);
    const share = cellOf(
      slotsOf(madeUpRecord({ seed: 1, measurements: [rate('poison-share', '', 10, 500)] })),
      quantities.poisonShare,
      null,
    );
    expect(share).toMatchObject({ value: 0.02, hits: 10, n: 500, interval: null });
  });

  test('zero is a value', () => {
    expect(cellOf(slotsOf(asr(1, 0)), quantities.asr, null)).toMatchObject({ value: 0, missingBecause: null });
    expect(cellOf(slotsOf(asr(1, 0), asr(2, 0)), quantities.asr, null)).toMatchObject({ value: 0, interval: { low: 0, high: 0 } });
  });

  test('several seeds: the mean, and a bootstrap interval that the order of runs does not move', () => {
    const records = [asr(1, 100), asr(2, 110), asr(3, 120)];
    const cell = cellOf(slotsOf(...records), quantities.asr, null);
    expect(cell).toMatchObject({ hits: null, n: 120, seeds: [1, 2, 3], interval: { method: 'bootstrap' } });
    expect(cell.value).toBeCloseTo(110 / 120, 12);
    expect(cell.interval!.low).toBeGreaterThanOrEqual(100 / 120);
    expect(cell.interval!.low).toBeLessThan(cell.value!);
    expect(cell.interval!.high).toBeGreaterThan(cell.value!);
    expect(cellOf(slotsOf(...records.reverse()), quantities.asr, null)).toEqual(
      expect.objectContaining({ value: cell.value, interval: cell.interval }),
    );
  });

  test('runs with different n have no common n', () => {
    expect(cellOf(slotsOf(asr(1, 100), asr(2, 110, 130)), quantities.asr, null).n).toBeNull();
  });

  test('a plain number has no counts and, alone, no interval', () => {
    const cell = cellOf(slotsOf(madeUpRecord({ measurements: [number('ld', '', 6)] })), quantities.ld, null);
    expect(cell).toMatchObject({ value: 6, hits: null, n: null, interval: null, unit: 'characters' });
  });
});

describe('what is missing', () => {
  const reasonOf = (slots: readonly Slot[], reported: Reported | null = null): string | null => {
    const cell = cellOf(slots, quantities.asr, reported);
    expect(cell.value).toBeNull();
    return cell.missingBecause;
  };

  test('nothing planned: not run, or a dash where the paper has one', () => {
    expect(reasonOf([])).toBe('not run');
    expect(reasonOf([], { ...dashed, value: 3 })).toBe('not run');
    expect(reasonOf([], dashed)).toBe('–');
  });

  test('planned: not run yet, not implemented, failed, unmeasured, another metric', () => {
    const [slot] = slotsOf(asr(1, 3)) as [Slot];
    expect(reasonOf([{ ...slot, filledBy: null }])).toBe('not run');
    expect(reasonOf([{ ...slot, filledBy: null, notRunBecause: 'dbs is not implemented: later' }])).toBe('dbs is not implemented: later');
    expect(reasonOf(slotsOf(madeUpRecord({ failedBecause: 'the loss is NaN' })))).toBe('failed: the loss is NaN');
    expect(reasonOf(slotsOf(madeUpRecord({ measurements: [unmeasured('asr', 'all-victim', 'no sample')] })))).toBe('no sample');
    expect(reasonOf(slotsOf(madeUpRecord({ measurements: [rate('asr', 'carriers', 1, 2)] })))).toMatch(/^not measured/);
    // A planned cell that was not run is no dash, even where the paper has one.
    expect(reasonOf([{ ...slot, filledBy: null }], dashed)).toBe('not run');
  });

  test('fewer seeds than planned: the cell says which and why', () => {
    const failed = madeUpRecord({ seed: 2, failedBecause: 'the loss is NaN' });
    const cell = cellOf(slotsOf(asr(1, 3), failed), quantities.asr, null, 3);
    expect(cell).toMatchObject({ value: 3 / 120, seeds: [1], plannedSeeds: 3, shortfall: ['seed 2: failed: the loss is NaN'] });
    expect(cell.runs).toHaveLength(2);
  });
});
