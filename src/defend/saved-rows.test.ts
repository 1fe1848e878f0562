/** Saved rows come back bit by bit, and only to the computation that saved them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ResumeSlot } from '../core/stage.ts';
import { openRows, sharedSlot } from './saved-rows.ts';

type Files = ReadonlyMap<string, Uint8Array>;

/** As on disk: what an attempt loads is what the one before it saved last, in buffers of its own. */
function attempts(): () => ResumeSlot {
  let kept: Files | null = null;
  return () => {
    const before = kept;
    const save = (files: Files): void => void (kept = new Map([...files].map(([name, content]) => [name, Buffer.from(content)])));
    return { load: () => before, save, isOverdue: () => true };
  };
}

const what = { name: 'made-up', settings: { steps: 2 } };
const items = ['a', 'b', 'c'];

test('rows of any length and any numbers come back, absent ones as absent', () => {
  const rows = fc.array(fc.option(fc.float64Array({ maxLength: 5 }), { nil: undefined }), { maxLength: 6 });
  fc.assert(
    fc.property(rows, (given) => {
      const attempt = attempts();
      const first = openRows(attempt(), what, given.keys());
      expect(first.rows).toEqual(given.map(() => undefined));
      given.forEach((row, index) => (first.rows[index] = row));
      expect(first.isOverdue()).toBe(true);
      first.save();
      expect(openRows(attempt(), what, given.keys()).rows).toEqual(given);
    }),
    { seed: 1 },
  );
});

test('another name, other settings, other items or another order of them read nothing', () => {
  const attempt = attempts();
  const own = openRows(attempt(), what, items);
  own.rows[0] = Float64Array.of(1);
  own.save();
  const isThere = (other: typeof what, of: readonly string[]): boolean => openRows(attempt(), other, of).rows[0] !== undefined;
  expect(isThere(what, items)).toBe(true);
  expect(isThere({ ...what, name: 'other' }, items)).toBe(false);
  expect(isThere({ ...what, settings: { steps: 3 } }, items)).toBe(false);
  expect(isThere(what, ['b', 'a', 'c'])).toBe(false);
  expect(isThere(what, ['a', 'b'])).toBe(false);
});

test('two computations of one phase keep each other’s rows', () => {
  const attempt = attempts();
  const run = (): readonly boolean[] => {
    const shared = sharedSlot(attempt());
    return ['first', 'second'].map((name) => {
      const saved = openRows(shared, { ...what, name }, items);
      const isThere = saved.rows[1] !== undefined;
      saved.rows[1] = Float64Array.of(name.length);
      if (saved.isOverdue()) saved.save();
      return isThere;
    });
  };
  expect(run()).toEqual([false, false]);
  expect(run()).toEqual([true, true]);
  expect(sharedSlot(attempts()()).load()).toBeNull();
});
