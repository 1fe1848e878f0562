/** An elimination says what it left. */
import { expect, it } from 'vitest';
import { wilson } from '../core/statistics.ts';
import type { HeldOutAttack } from './contracts.ts';
import { remainderLines } from './elimination-text.ts';

const rate = (hits: number, n: number) => ({ hits, n, interval: n === 0 ? null : wilson(hits, n) });
const after = (...attacks: [HeldOutAttack['how'], number, number, number][]) =>
  ({
    after: { attacks: attacks.map(([how, hits, n, without]) => ({ how, rate: rate(hits, n), without: rate(without, n), nameless: 0 })) },
  }) as unknown as Parameters<typeof remainderLines>[0];

it('names the ways in which a trigger still works, and no other', () => {
  const [line = '', ...more] = remainderLines(after(['inserted', 5, 30, 1], ['renamed', 20, 30, 1]));
  expect(more).toEqual([]);
  expect(line).toContain('as the function’s name in 66.7 % (20/30');
  expect(line).not.toContain('inserted');
});

it('says nothing of a trigger that does no more than the samples without it, or of no samples', () => {
  expect(remainderLines(after(['inserted', 5, 30, 1], ['renamed', 1, 30, 1]))).toEqual([]);
  expect(remainderLines(after(['renamed', 0, 0, 0]))).toEqual([]);
});
