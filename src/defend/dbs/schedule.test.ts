/** Dynamic bound scaling's rules, as tables (defenses.md 1). */
import { describe, expect, it } from 'vitest';
import { beginEpoch, endEpoch, type Schedule, startSchedule } from './schedule.ts';
import { defaults } from './settings.ts';

const settings = defaults.inversion;
const start = startSchedule(settings);
const at = (over: Partial<Schedule>): Schedule => ({ ...start, scaling: true, loss: 0.05, ...over });
const best = { tokens: [7], loss: 0.06, epoch: 3, isDiscrete: true };

it('starts with T 2, the barrier 0.1, and without scaling', () => {
  expect(start).toEqual({ temperature: 2, barrier: 0.1, scaling: false, rollbacks: 0, loss: null, best: null, lowest: null });
});

describe('before an epoch', () => {
  it.each<[string, Partial<Schedule>, number, Partial<Schedule>, boolean]>([
    ['below the barrier T falls', {}, 5, { temperature: 1 }, false],
    ['between checks nothing happens', {}, 6, {}, false],
    ['before scaling has begun nothing happens', { scaling: false }, 5, {}, false],
    ['before a loss nothing happens', { loss: null }, 0, {}, false],
    ['at the barrier T rises', { temperature: 0.25, loss: 0.1 }, 10, { temperature: 0.5, rollbacks: 1 }, true],
    ['T never passes its largest value', { temperature: 2, loss: 1, rollbacks: 2 }, 10, { temperature: 2, rollbacks: 3 }, true],
    ['T falls without end', { temperature: 2 ** -9 }, 50, { temperature: 2 ** -10 }, false],
    ['five roll-backs raise the barrier', { rollbacks: 5 }, 6, { rollbacks: 0, barrier: 0.2 }, false],
    ['four do not', { rollbacks: 4 }, 6, {}, false],
    ['not above the best loss less 0.001', { rollbacks: 5, best }, 6, { rollbacks: 0, barrier: 0.059 }, false],
    ['raised before it is compared', { rollbacks: 5, loss: 0.15 }, 5, { rollbacks: 0, barrier: 0.2, temperature: 1 }, false],
  ])('%s', (_, before, epoch, changes, isRolledBack) => {
    expect(beginEpoch(at(before), epoch, settings)).toEqual({ schedule: at({ ...before, ...changes }), isRolledBack });
  });

  it('without a limit the barrier stays', () => {
    const { schedule } = beginEpoch(at({ rollbacks: 9 }), 6, { ...settings, rollbackLimit: null });
    expect(schedule).toEqual(at({ rollbacks: 9 }));
  });
});

describe('after an epoch', () => {
  const pass = { tokens: [4, 4], epoch: 12 };
  const found = (loss: number, isDiscrete: boolean) => ({ ...pass, loss, isDiscrete });

  it.each<[string, Partial<Schedule>, number, number, Partial<Schedule>]>([
    ['a loss above the barrier begins nothing', { scaling: false }, 0.2, 0.5, { lowest: found(0.2, false) }],
    ['a loss at the barrier begins scaling', { scaling: false }, 0.1, 0.5, { scaling: true, lowest: found(0.1, false) }],
    [
      'a discrete one within the barrier is the best and halves the barrier',
      { rollbacks: 3 },
      0.08,
      0.0009,
      { best: found(0.08, true), lowest: found(0.08, true), barrier: 0.04, rollbacks: 0 },
    ],
    ['at the slack it is not discrete', { rollbacks: 3 }, 0.08, 0.001, { lowest: found(0.08, false) }],
    ['a discrete one above the barrier is not the best', {}, 0.2, 0, { lowest: found(0.2, true) }],
    ['a lower loss before stays the lowest', { lowest: best }, 0.07, 0.5, {}],
    ['of equal losses the first', { lowest: best }, 0.06, 0.5, {}],
    [
      'a later best one replaces the best',
      { best, lowest: best, barrier: 0.03 },
      0.02,
      0,
      { best: found(0.02, true), lowest: found(0.02, true), barrier: 0.01 },
    ],
  ])('%s', (_, before, loss, distance, changes) => {
    expect(endEpoch(at(before), { ...pass, loss, distance }, settings)).toEqual(at({ ...before, loss, ...changes }));
  });

  it('by the code’s rule any lower loss is the best besides, and moves no barrier', () => {
    const code = { ...settings, discrete: 'code' } as const;
    const lower = endEpoch(at({ best }), { ...pass, loss: 0.05, distance: 0.5 }, code);
    expect(lower).toMatchObject({ best: found(0.05, false), barrier: 0.1 });
    expect(endEpoch(at({ best }), { ...pass, loss: 0.07, distance: 0.5 }, code).best).toEqual(best);
    expect(endEpoch(at({ best }), { ...pass, loss: 0.05, distance: 0 }, code)).toMatchObject({ best: found(0.05, true), barrier: 0.025 });
  });
});
