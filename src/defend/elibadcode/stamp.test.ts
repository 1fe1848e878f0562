/** Stamping: the table of method.md 4.1, and that nothing is lost without being counted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stamp, stampAtConstant } from './stamp.ts';

const [L, PAD, SEP] = [12, 1, 2];
const limits = { maxTokens: L, sep: SEP };
const numbers = (text: string): number[] => text.split(' ').map(Number);
const unpadded = (text: string): number[] => numbers(text).filter((id) => id !== PAD);
const padded = (row: readonly number[]): number[] => [...row, ...Array<number>(L - row.length).fill(PAD)];

/** ids, place, stamped with three placeholders, ones of the mask (method.md 4.1). */
const table: readonly [string, number, string, number][] = [
  ['0 10 11 12 13 2 1 1 1 1 1 1', 3, '0 10 11 1 1 1 12 13 2 1 1 1', 9],
  ['0 10 11 12 13 14 15 16 17 18 19 2', 3, '0 10 11 1 1 1 12 13 14 15 16 2', 12],
  ['0 10 11 12 13 14 15 16 17 2 1 1', 1, '0 1 1 1 10 11 12 13 14 15 16 2', 12],
  ['0 10 11 12 13 14 15 16 2 1 1 1', 3, '0 10 11 1 1 1 12 13 14 15 16 2', 12],
];

describe('stamp', () => {
  it.each(table)('%s at %i', (ids, position, expected, ones) => {
    const { row, kept } = stamp({ ids: unpadded(ids), position }, [PAD, PAD, PAD], limits);
    expect(padded(row)).toEqual(numbers(expected));
    expect(row).toHaveLength(ones);
    expect(kept).toBe(3);
  });

  const rows = fc.integer({ min: 0, max: L - 2 }).map((length) => [0, ...Array.from({ length }, (_, i) => 10 + i), SEP]);
  const triggers = fc.integer({ min: 1, max: L - 2 }).map((length) => Array.from({ length }, (_, i) => 100 + i));

  it('keeps the whole trigger wherever it fits, in order, with the special tokens around it', () => {
    fc.assert(
      fc.property(rows, triggers, fc.nat(), (ids, trigger, draw) => {
        const position = 1 + (draw % Math.min(ids.length - 1, L - trigger.length - 1));
        const { row, kept } = stamp({ ids, position }, trigger, limits);
        expect(kept).toBe(trigger.length);
        expect(row.slice(position, position + trigger.length)).toEqual(trigger);
        expect(row.length).toBe(Math.min(L, ids.length + trigger.length));
        expect([row[0], row.at(-1)]).toEqual([0, SEP]);
        expect(row.filter((id) => id < 100)).toEqual([...ids.slice(0, row.length - trigger.length - 1), SEP]);
      }),
    );
  });

  it('counts what the cut leaves of a trigger', () => {
    fc.assert(
      fc.property(rows, triggers, fc.nat(), (ids, trigger, draw) => {
        const position = 1 + (draw % (ids.length - 1));
        const { row, kept } = stamp({ ids, position }, trigger, limits);
        expect(row.filter((id) => id >= 100)).toEqual(trigger.slice(0, kept));
      }),
    );
  });
});

describe('stampAtConstant', () => {
  const constant = { ...limits, pad: PAD, place: 10 };

  it('puts the candidate `4 5 356` at index 10 of a full row (method.md 4.1)', () => {
    const { row, kept } = stampAtConstant(numbers(table[1]![0]), [4, 5, 356], constant);
    expect(row).toEqual(numbers('0 10 11 12 13 14 15 16 17 18 4 2'));
    expect(kept).toBe(1);
  });

  it('puts it after the padding of a short row, which is left out: a pass by ids masks it', () => {
    const short = unpadded(table[0]![0]);
    expect(stamp({ ids: numbers(table[0]![0]).slice(0, 10), position: 10 }, [4, 5, 356], limits).row).toEqual(
      numbers('0 10 11 12 13 2 1 1 1 1 4 2'),
    );
    expect(stampAtConstant(short, [4, 5, 356], constant)).toEqual({ row: numbers('0 10 11 12 13 2 4 2'), kept: 1 });
    expect(stampAtConstant(short, [4, 5], { ...constant, maxTokens: 20 }).row).toEqual([...short, 4, 5]);
  });
});
